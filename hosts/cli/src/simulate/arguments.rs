//! The arguments of `countersign simulate`, and the policy that they name.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use auth_harness::Policy;
use auth_runtime::Engine;
use clap::Args;

use crate::failure::{Failure, Outcome, unanswered};
use crate::policy::read_policy;

pub const EXAMPLES: &str = "\
Users log in, refresh, change passwords and are administered, several at once, in orders that a seed \
chooses. Calls of the stores fail, lose their answers or are late, clients give up, time passes, clocks differ, \
keys rotate. After each step 21 invariants are checked. A failure is made as small as it can be, and printed as a case file \
that `countersign policy test` plays again.

With --exhaust, small scenarios are told in every order in which their calls of the stores can follow one \
another, and each order once more for each call that fails, loses its answer, is late, or is the last before \
the client gives up. With --replay, the case file of a failure is played again.

Exit status:
  0    every invariant held
  1    an invariant was broken
  2    wrong usage, or a file that cannot be read
  3    the run did not reach everything that it must, so it shows too little
  130  interrupted; the report has what ran

Examples:
  countersign simulate
  countersign simulate --steps 1000000 --seed 1
  countersign simulate --policy shop.toml --save failures/
  countersign simulate --exhaust
  countersign simulate --exhaust 'one successor' --policy shop.toml
  countersign simulate --replay failures/seed-17.cases.toml";

/// The arguments of `countersign simulate`
#[derive(Args, Debug)]
pub struct Simulate {
    /// The first seed; the seeds after it follow
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u32,
    /// How many steps there are, rounded up to whole seeds
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000)]
    pub steps: u64,
    /// Simulate this policy; without it, one whose limits are low enough to be met, and for scenarios
    /// one with every default
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// How many threads there are [default: the cores of the machine]
    #[arg(long, value_name = "NUMBER")]
    pub jobs: Option<NonZeroUsize>,
    /// Run each seed twice, and fail when the runs differ
    #[arg(long)]
    pub twice: bool,
    /// Write the case file of a failure, and its policy, into this folder, not to standard output
    #[arg(long, value_name = "FOLDER")]
    pub save: Option<PathBuf>,
    /// Tell the scenarios whose names contain this text, or all of them, in every order
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "",
          conflicts_with_all = ["seed", "steps", "twice", "replay"])]
    pub exhaust: Option<String>,
    /// How often a scenario is told at most
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 100_000,
        requires = "exhaust"
    )]
    pub executions: usize,
    /// Play the case file of a failure again
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "steps", "twice", "jobs", "save"])]
    pub replay: Option<PathBuf>,
}

impl Simulate {
    /// The policy that was named, or the one of this name and text.
    pub fn policy(&self, engine: &Engine, name: &str, text: &str) -> Outcome<Policy> {
        if let Some(path) = &self.policy {
            return read_policy(engine, path);
        }
        let compiled = Policy::compile(engine, Path::new(name), text.to_owned());
        let compiled = compiled.map_err(unanswered)?;
        compiled
            .map_err(|_| Failure::Error(anyhow::anyhow!("the policy of the simulation is refused")))
    }
}
