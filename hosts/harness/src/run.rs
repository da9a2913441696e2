//! Runs one case on a service in memory.

mod access;
pub(crate) mod administration;
pub(crate) mod answer;
pub(crate) mod call;
mod cast;
mod comparison;
pub(crate) mod director;
mod ended;
mod flows;
pub(crate) mod memory;
mod never;
mod orders;
pub(crate) mod play;
pub(crate) mod refusal;
mod stage;
pub(crate) mod story;
mod token;
mod value;
mod words;

use crate::case::{Body, Case};
use crate::observed::Seen;
use crate::result::Verdict;
use crate::world::World;

/// Runs a case that happens at `now`, and adds what it met to `seen`.
pub(crate) fn case(world: &World, case: &Case, now: u64, seen: &mut Seen) -> Verdict {
    let span = &case.span;
    let mismatch = match &case.body {
        Body::Access(it) => access::run(world, it, seen),
        Body::Never(it) => never::run(world, it, seen),
        Body::Value(it) => value::run(world, it, now, seen),
        Body::Token(it) => token::run(world, it, now, seen),
        Body::Story(it) => story::run(world, it, now, seen),
        Body::Malformed(findings) => return Verdict::Malformed(findings.clone()),
    };
    match mismatch {
        Ok(()) => Verdict::Passed,
        Err(mismatch) => Verdict::Failed(mismatch.into_failure(span)),
    }
}
