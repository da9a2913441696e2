//! `countersign policy mutate`: which changes of a policy its cases do not notice.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use auth_harness::{Mutation, Suite, mutate};
use auth_runtime::{Allocation, Engine};
use clap::Args;

use super::running::{default_root, interruption, with_progress};
use crate::failure::{Failure, Outcome, unanswered};

pub const EXAMPLES: &str = "\
Each rule is dropped, reversed and widened, each setting halved and doubled, one at a time, and the cases \
are run on every policy that results.

Exit status:
  0    the changes were tried
  2    wrong usage, or a file that cannot be read
  3    the cases notice less than --threshold asks for
  130  interrupted; the report has the changes that were tried

Examples:
  countersign policy mutate
  countersign policy mutate tests/ --threshold 80";

/// The arguments of `countersign policy mutate`
#[derive(Args, Debug)]
pub struct Mutate {
    /// Case files of one policy, and folders of them
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// The folder that the files named by case files must be in [default: the current one, if it
    /// holds the paths]
    #[arg(long, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
    /// End with status 3 if the cases notice less than this share of the changes; it is never rounded up
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u16).range(0..=100))]
    pub threshold: Option<u16>,
}

/// Tries the changes, and prints those that no case notices.
pub fn run(arguments: &Mutate) -> Outcome {
    let engine = Engine::load(Allocation::Pooling(256)).map_err(unanswered)?;
    let root = arguments
        .root
        .clone()
        .map_or_else(|| default_root(&arguments.paths), Ok)?;
    let suite = Suite::load(&engine, &arguments.paths, &root, None)?;
    let policies = suite.policies();
    let [policy] = policies.as_slice() else {
        let count = policies.len();
        return Err(Failure::Error(anyhow::anyhow!(
            "the case files name {count} policies that can be used, not one"
        )));
    };
    let stop = interruption()?;
    let mutations = with_progress(
        |done| format!("{done} changes"),
        |done| mutate(&engine, &arguments.paths, &root, policy, &stop, done),
    )?;
    let noticed = print(&mutations)?;
    let is_enough =
        noticed * 100 >= usize::from(arguments.threshold.unwrap_or(0)) * mutations.len();
    match () {
        () if stop.load(Ordering::Relaxed) => Err(Failure::Status(130)),
        () if !is_enough => Err(Failure::Status(3)),
        () => Ok(()),
    }
}

/// Prints the changes that no case notices, and returns how many some case does.
fn print(mutations: &[Mutation]) -> io::Result<usize> {
    let mut output = io::stdout();
    for mutation in mutations.iter().filter(|mutation| !mutation.is_noticed) {
        let place = mutation.span.as_ref().map(|span| {
            let start = span.start();
            format!(
                "{}:{}:{}: ",
                span.source.path().display(),
                start.line,
                start.column
            )
        });
        writeln!(
            output,
            "not noticed: {}{}",
            place.unwrap_or_default(),
            mutation.name
        )?;
    }
    let noticed = mutations
        .iter()
        .filter(|mutation| mutation.is_noticed)
        .count();
    writeln!(
        output,
        "{noticed} of {} changes are noticed",
        mutations.len()
    )?;
    Ok(noticed)
}
