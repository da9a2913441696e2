//! `countersign simulate`: runs the whole service in memory, with faults, and watches invariants.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::Context;
use auth_harness::{Plan, Policy, STEPS_PER_SEED, Simulated, SimulationFailure, simulate};
use auth_runtime::{Allocation, Engine};
use clap::Args;

use crate::failure::{Failure, Outcome, unanswered};
use crate::policy::{interruption, read_policy, with_progress};

pub const EXAMPLES: &str = "\
Users log in, refresh, change passwords and are administered, several at once, in orders that a seed \
chooses. Calls of the stores fail, lose their answers or are late, clients give up, time passes. After \
each step 21 invariants are checked. A failure is made as small as it can be, and printed as a case file \
that `countersign policy test` plays again.

Exit status:
  0    every invariant held
  1    an invariant was broken
  2    wrong usage, or a file that cannot be read
  3    the run did not reach everything that it must, so it shows too little
  130  interrupted; the report has what ran

Examples:
  countersign simulate
  countersign simulate --steps 1000000 --seed 1
  countersign simulate --policy shop.toml --save failures/";

/// The policy that is simulated unless another is named.
const POLICY: &str = include_str!("../../harness/simulation/policy.toml");

/// How often a failure is played again at most to make it small.
const TRIES: usize = 2_000;

/// A run of fewer steps need not reach everything.
const STEPS_FOR_GOALS: u64 = 10_000;

/// The arguments of `countersign simulate`
#[derive(Args, Debug)]
pub struct Simulate {
    /// The first seed; the seeds after it follow
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u32,
    /// How many steps there are, rounded up to whole seeds
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000)]
    pub steps: u64,
    /// Simulate this policy; without it, one whose limits are low enough to be met
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// How many threads run seeds [default: the cores of the machine]
    #[arg(long, value_name = "NUMBER")]
    pub jobs: Option<NonZeroUsize>,
    /// Run each seed twice, and fail when the runs differ
    #[arg(long)]
    pub twice: bool,
    /// Write the case file of a failure, and its policy, into this folder, not to standard output
    #[arg(long, value_name = "FOLDER")]
    pub save: Option<PathBuf>,
}

/// Simulates, and prints what came of it.
pub fn run(arguments: &Simulate) -> Outcome {
    let engine = Engine::load(Allocation::Pooling(256)).map_err(unanswered)?;
    let policy = policy(&engine, arguments.policy.as_deref())?;
    let seeds = arguments.steps.div_ceil(STEPS_PER_SEED.into());
    let plan = Plan {
        seed: arguments.seed,
        seeds: u32::try_from(seeds).context("there are not so many seeds")?,
        jobs: arguments.jobs,
        mutant: None,
        only: None,
        is_twice: arguments.twice,
        tries: TRIES,
    };
    let stop = interruption()?;
    let began = Instant::now();
    let simulated = with_progress(
        |done| format!("{done} of {seeds} seeds"),
        |done| simulate(&engine, &policy, &plan, &stop, done),
    )?;
    print(&simulated, began.elapsed().as_secs_f64())?;
    if let Some(failure) = &simulated.failure {
        report(failure, &policy, arguments)?;
        return Err(Failure::Status(1));
    }
    if stop.load(Ordering::Relaxed) {
        return Err(Failure::Status(130));
    }
    let missed = missed(&simulated);
    if simulated.steps >= STEPS_FOR_GOALS && !missed.is_empty() {
        let missed = missed.join(", ");
        writeln!(io::stderr(), "error: the run did not reach: {missed}")?;
        return Err(Failure::Status(3));
    }
    Ok(())
}

fn policy(engine: &Engine, path: Option<&Path>) -> Outcome<Policy> {
    if let Some(path) = path {
        return read_policy(engine, path);
    }
    let compiled = Policy::compile(engine, Path::new("simulation.toml"), POLICY.to_owned());
    let compiled = compiled.map_err(unanswered)?;
    compiled.map_err(|_| Failure::Error(anyhow::anyhow!("the policy of the simulation is refused")))
}

/// Prints how much was simulated, and what was reached.
fn print(simulated: &Simulated, seconds: f64) -> io::Result<()> {
    let mut output = io::stdout();
    let days = simulated.millis / 86_400_000;
    writeln!(
        output,
        "{} seeds, {} steps, {days} days of the service in {seconds:.1} s",
        simulated.seeds, simulated.steps
    )?;
    for (goal, times) in simulated.goals.all() {
        writeln!(output, "{times:>9}  {goal}")?;
    }
    output.flush()
}

fn missed(simulated: &Simulated) -> Vec<&'static str> {
    let goals = simulated.goals.all();
    goals
        .filter(|(_, times)| *times == 0)
        .map(|(goal, _)| goal)
        .collect()
}

/// Says what was broken, and writes the case file.
fn report(failure: &SimulationFailure, policy: &Policy, arguments: &Simulate) -> Outcome {
    let (seed, steps, fewest) = (failure.seed, failure.steps, failure.fewest());
    writeln!(
        io::stderr(),
        "error: seed {seed} broke an invariant after {steps} steps, of which {fewest} suffice\n\
         component sha256:{}\n{}",
        auth_artifact::SHA256,
        failure.reason()
    )?;
    let path = policy.file.path();
    let Some(folder) = &arguments.save else {
        let text = failure.case_file(&path.display().to_string());
        return Ok(io::stdout().write_all(text.as_bytes())?);
    };
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let name = format!("seed-{seed}.cases.toml");
    let policy_name = path.file_name().unwrap_or(path.as_os_str());
    let policy_name = policy_name.to_string_lossy();
    write(&name, &failure.case_file(&policy_name))?;
    write(&policy_name, policy.file.text())?;
    writeln!(
        io::stdout(),
        "wrote {}; play it again with `countersign policy test`",
        folder.join(&name).display()
    )?;
    Ok(())
}
