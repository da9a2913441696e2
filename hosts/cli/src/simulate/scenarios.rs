//! Tells scenarios in every order.

use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::time::Instant;

use auth_harness::{Exploration, Explored, SCENARIO_POLICY, explore};
use auth_runtime::Engine;

use super::arguments::Simulate;
use super::failure;
use crate::failure::{Failure, Outcome};
use crate::policy::{interruption, with_progress};

pub fn run(engine: &Engine, filter: &str, arguments: &Simulate) -> Outcome {
    let policy = arguments.policy(engine, "default.toml", SCENARIO_POLICY)?;
    let exploration = Exploration {
        filter: filter.to_owned(),
        policy: policy.clone(),
        jobs: arguments.jobs,
        most: arguments.executions,
        mutant: None,
    };
    let stop = interruption()?;
    let began = Instant::now();
    let explored = with_progress(
        |done| format!("{done} executions"),
        |done| explore(engine, &exploration, &stop, done),
    )?;
    print(&explored, began.elapsed().as_secs_f64())?;
    let mut failures = explored
        .iter()
        .filter_map(|it| Some((it, it.failure.as_ref()?)));
    if let Some((scenario, broken)) = failures.next() {
        let what = format!("the scenario `{}` does not hold", scenario.name);
        failure::report(&what, broken, &policy, arguments)?;
        return Err(Failure::Status(1));
    }
    match stop.load(Ordering::Relaxed) {
        true => Err(Failure::Status(130)),
        false => Ok(()),
    }
}

/// Prints how often each scenario was told.
fn print(explored: &[Explored], seconds: f64) -> io::Result<()> {
    let mut output = io::stdout();
    for scenario in explored {
        let end = match (&scenario.failure, scenario.is_complete) {
            (Some(_), _) => " (failed)",
            (None, true) => "",
            (None, false) => " (not all)",
        };
        let Explored {
            executions, name, ..
        } = scenario;
        writeln!(output, "{executions:>9}  {name}{end}")?;
    }
    let all: usize = explored.iter().map(|it| it.executions).sum();
    writeln!(output, "{all:>9}  executions in {seconds:.1} s")?;
    output.flush()
}
