//! The simulation: calls in a test, flows of seeds, scenarios in every order, and how soon a broken
//! promise is found.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use auth_harness::{
    Exploration, NOTICED, Person, Plan, Policy, SCENARIO_POLICY, SIMULATION_POLICY, Scenario,
    explore, simulate,
};
use auth_runtime::{Allocation, Engine};

use crate::report::report;

/// How many calls a test makes that is measured, how often it is measured, and how many seeds run.
const CALLS: u32 = 2_000;
const RUNS: u32 = 5;
const SEEDS: u32 = 200;

/// The seeds within which each broken promise is to be found.
const MOST_SEEDS: u32 = 2_000;

/// How often the scenario with the most orders is told: as often as three flows of three calls have
/// orders, each with one of three faults at one of the calls or none.
const EXECUTIONS: usize = 47_040;

const ONE: Option<NonZeroUsize> = NonZeroUsize::new(1);

pub fn run() -> Result<()> {
    let engine = Engine::load(Allocation::Pooling(256)).map_err(|error| error.cause)?;
    let decision = calls()?;
    seeds(&engine, decision)?;
    orders(&engine, decision)?;
    mutants(&engine)
}

/// Measures calls of a test in Rust. Returns what a decision takes, as the unit of the others.
fn calls() -> Result<Duration> {
    let ann = Person::new("ann").roles(["user"]);
    let mut service = Scenario::new(SCENARIO_POLICY)?;
    service.account(&ann).login(&ann);
    let decision = each(|| {
        black_box(service.decide(&ann, "sessions:read", None));
    });
    let refresh = each(|| {
        service.expect(ann.refresh());
    });
    let login = each(|| {
        service.expect(ann.login());
    });
    let value =
        |time: Duration| format!("{} = {:.1} decisions", micros(time), ratio(time, decision));
    report("a decision", &micros(decision), "");
    report("a refresh as a step", &value(refresh), "at most 60 us");
    report(
        "a login as a step, quick hash",
        &value(login),
        "at most 60 us",
    );
    Ok(decision)
}

/// Measures how many flows of seeds one core runs.
fn seeds(engine: &Engine, decision: Duration) -> Result<()> {
    let policy = policy(engine, SIMULATION_POLICY)?;
    let began = Instant::now();
    let simulated = simulated(engine, &policy, SEEDS, None)?;
    let time = began.elapsed();
    ensure!(simulated.failure.is_none(), "an invariant was broken");
    let flow = time / u32::try_from(simulated.flows)?;
    let value = format!(
        "{:.0}/s, one = {:.1} decisions",
        flow.as_secs_f64().recip(),
        ratio(flow, decision)
    );
    report("flows of seeds on one core", &value, "at least 15,000/s");
    let days = simulated.millis / 86_400_000;
    let speed = Duration::from_millis(simulated.millis).as_secs_f64() / time.as_secs_f64();
    let value = format!("{days} days, {speed:.0}x real time");
    report("time that passed in them", &value, "");
    Ok(())
}

/// Measures the scenario with the most orders.
fn orders(engine: &Engine, decision: Duration) -> Result<()> {
    let exploration = Exploration {
        filter: "three refreshes".to_owned(),
        policy: policy(engine, SCENARIO_POLICY)?,
        jobs: None,
        most: EXECUTIONS,
        mutant: None,
    };
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let began = Instant::now();
    let explored = explore(engine, &exploration, &stop, &done)?;
    let time = began.elapsed();
    let [scenario] = explored.as_slice() else {
        anyhow::bail!("there is another number of scenarios");
    };
    ensure!(scenario.failure.is_none(), "the scenario does not hold");
    let one = time / u32::try_from(scenario.executions)?;
    let value = format!(
        "{} in {:.1} s, one = {:.0} decisions",
        scenario.executions,
        time.as_secs_f64(),
        ratio(one, decision)
    );
    report("three refreshes, one fault anywhere", &value, "within 10 s");
    Ok(())
}

/// Finds each broken promise.
fn mutants(engine: &Engine) -> Result<()> {
    let policy = policy(engine, SIMULATION_POLICY)?;
    let mut most = 0;
    for (mutant, invariant) in NOTICED {
        let simulated = simulated(engine, &policy, MOST_SEEDS, Some((mutant, invariant)))?;
        let failure = simulated.failure;
        let failure = failure.with_context(|| format!("{invariant} does not notice {mutant:?}"))?;
        most = most.max(failure.seed);
    }
    let value = format!("{} found, the last in seed {most}", NOTICED.len());
    report(
        "broken promises",
        &value,
        &format!("within {MOST_SEEDS} seeds"),
    );
    Ok(())
}

fn simulated(
    engine: &Engine,
    policy: &Policy,
    seeds: u32,
    broken: Option<(auth_harness::Mutant, &'static str)>,
) -> Result<auth_harness::Simulated> {
    let plan = Plan {
        seed: 1,
        seeds,
        jobs: if broken.is_none() { ONE } else { None },
        mutant: broken.map(|(mutant, _)| mutant),
        only: broken.map(|(_, invariant)| invariant),
        is_twice: false,
        tries: 0,
    };
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    simulate(engine, policy, &plan, &stop, &done)
}

fn policy(engine: &Engine, text: &str) -> Result<Policy> {
    let compiled = Policy::compile(engine, Path::new("policy.toml"), text.to_owned());
    let compiled = compiled.map_err(|error| error.cause)?;
    compiled.ok().context("the policy was refused")
}

/// What one of many takes, in the quickest run.
fn each(mut call: impl FnMut()) -> Duration {
    let mut quickest = Duration::MAX;
    for _ in 0..RUNS {
        let began = Instant::now();
        (0..CALLS).for_each(|_| call());
        quickest = quickest.min(began.elapsed() / CALLS);
    }
    quickest
}

fn micros(time: Duration) -> String {
    format!("{:.1} us", time.as_secs_f64() * 1e6)
}

fn ratio(time: Duration, of: Duration) -> f64 {
    time.as_secs_f64() / of.as_secs_f64()
}
