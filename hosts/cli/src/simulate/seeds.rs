//! Simulates seeds.

use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::Context;
use auth_harness::{Plan, SIMULATION_POLICY, STEPS_PER_SEED, Simulated, simulate};
use auth_runtime::Engine;

use super::arguments::Simulate;
use super::failure;
use crate::failure::{Failure, Outcome};
use crate::policy::{interruption, with_progress};

/// How often a failure is played again at most to make it small.
const TRIES: usize = 2_000;

/// A run of fewer steps need not reach everything.
const STEPS_FOR_GOALS: u64 = 10_000;

pub fn run(engine: &Engine, arguments: &Simulate) -> Outcome {
    let policy = arguments.policy(engine, "simulation.toml", SIMULATION_POLICY)?;
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
        |done| simulate(engine, &policy, &plan, &stop, done),
    )?;
    print(&simulated, began.elapsed().as_secs_f64())?;
    if let Some(failure) = &simulated.failure {
        let (seed, steps, fewest) = (failure.seed, failure.steps, failure.fewest());
        let what = format!(
            "seed {seed} broke an invariant after {steps} steps, of which {fewest} suffice"
        );
        failure::report(&what, failure, &policy, arguments)?;
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
