//! `countersign simulate`: runs the whole service in memory, with faults, and watches invariants.

mod arguments;
mod failure;
mod replay;
mod scenarios;
mod seeds;

use auth_runtime::{Allocation, Engine};

pub use arguments::{EXAMPLES, Simulate};

use crate::failure::{Outcome, unanswered};

/// Simulates, and prints what came of it.
pub fn run(arguments: &Simulate) -> Outcome {
    let engine = Engine::load(Allocation::Pooling(256)).map_err(unanswered)?;
    match (&arguments.exhaust, &arguments.replay) {
        (Some(filter), _) => scenarios::run(&engine, filter, arguments),
        (None, Some(file)) => replay::run(&engine, file, arguments),
        (None, None) => seeds::run(&engine, arguments),
    }
}
