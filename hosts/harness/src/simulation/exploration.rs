//! Tells scenarios in every order of the calls, with a fault at each of them, and watches the
//! invariants.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::bail;
use auth_runtime::Engine;

use super::failure::{Broken, SimulationFailure};
use crate::case::{Body, Case};
use crate::cases::file::Loader;
use crate::cases::fixtures::Root;
use crate::cases::story::Story;
use crate::mutant::Mutant;
use crate::policy::Policy;
use crate::run::director::Exhaustive;
use crate::run::story::once;
use crate::source::Source;
use crate::threads;
use crate::world::World;

/// The scenarios.
const SCENARIOS: &str = include_str!("../../scenarios/flows.cases.toml");

/// The text of the policy for the scenarios, in which every setting has its default.
pub const SCENARIO_POLICY: &str = include_str!("../../scenarios/default.toml");

/// How many parts of a scenario each thread takes, so that none waits long for the others.
const PARTS_PER_JOB: usize = 8;

/// Which scenarios are told, and how.
pub struct Exploration {
    /// Only scenarios whose names contain this text.
    pub filter: String,
    /// The policy that they are told under.
    pub policy: Policy,
    /// How many threads tell them; by default as many as the machine has cores. The results do not
    /// depend on it.
    pub jobs: Option<NonZeroUsize>,
    /// How often a scenario is told at most.
    pub most: usize,
    /// A promise that an adapter breaks.
    pub mutant: Option<Mutant>,
}

/// What came of one scenario.
pub struct Explored {
    /// The name of the scenario.
    pub name: String,
    /// How often it was told: once for each order and fault.
    pub executions: usize,
    /// Whether every order was told.
    pub is_complete: bool,
    /// What was broken, in the first order in which anything was.
    pub failure: Option<SimulationFailure>,
}

/// Tells scenarios in every order. `stop` ends it after the executions that have begun; `done` counts
/// the executions.
///
/// # Errors
/// When there is no scenario of this name, or the service cannot be started on the policy.
pub fn explore(
    engine: &Engine,
    exploration: &Exploration,
    stop: &AtomicBool,
    done: &AtomicUsize,
) -> anyhow::Result<Vec<Explored>> {
    let root = Root::none();
    let mut loader = Loader::new(engine, &root, Some(&exploration.policy));
    let source = Source::new(Path::new("scenarios.cases.toml"), SCENARIOS.to_owned());
    let file = loader.load(source).map_err(|error| error.cause)?;
    let mut explored = Vec::new();
    for case in &file.cases {
        match &case.body {
            Body::Story(story) if case.name.contains(&exploration.filter) => {
                let scenario = Scenario {
                    engine,
                    case,
                    story,
                    now: file.now,
                    exploration,
                };
                explored.push(scenario.explore(stop, done)?);
            }
            // The policy may lack a role of the scenarios.
            Body::Malformed(findings) => bail!(
                "the scenarios do not fit the policy: {}",
                findings[0].reason
            ),
            _ => {}
        }
    }
    if explored.is_empty() {
        let names = file.cases.iter().map(|case| format!("\n  {}", case.name));
        let names: String = names.collect();
        bail!(
            "no scenario is named `{}`; there are:{names}",
            exploration.filter
        );
    }
    Ok(explored)
}

/// A scenario that is told in every order.
struct Scenario<'a> {
    engine: &'a Engine,
    case: &'a Case,
    story: &'a Story,
    now: u64,
    exploration: &'a Exploration,
}

/// What is shared by those who tell parts of a scenario.
#[derive(Default)]
struct Progress {
    executions: AtomicUsize,
    /// The next part that is not told yet.
    next: AtomicUsize,
    is_cut: AtomicBool,
    /// The failure of the first part that has one.
    failure: Mutex<Option<(usize, SimulationFailure)>>,
}

impl Scenario<'_> {
    fn explore(&self, stop: &AtomicBool, done: &AtomicUsize) -> anyhow::Result<Explored> {
        let jobs = threads::count(self.exploration.jobs);
        let parts = self.parts(jobs * PARTS_PER_JOB)?;
        let progress = Progress::default();
        let worker = || -> anyhow::Result<()> {
            let world = self.world()?;
            loop {
                let number = progress.next.fetch_add(1, Ordering::Relaxed);
                let Some(part) = parts.get(number) else {
                    return Ok(());
                };
                // Parts after one that has failed need not be told.
                if progress.has_failed_before(number) {
                    return Ok(());
                }
                self.tell(&world, (number, part.as_slice()), &progress, stop, done);
            }
        };
        threads::run(jobs, worker)?;
        let failure = progress.failure.into_inner();
        let failure = failure.unwrap_or_else(PoisonError::into_inner);
        Ok(Explored {
            name: self.case.name.clone(),
            executions: progress.executions.into_inner(),
            is_complete: failure.is_none() && !progress.is_cut.into_inner(),
            failure: failure.map(|(_, failure)| failure),
        })
    }

    fn world(&self) -> anyhow::Result<World> {
        World::new(
            self.engine,
            &self.exploration.policy,
            self.exploration.mutant,
        )
    }

    /// The beginnings of all orders, at least so many if there are: each order has one of them.
    fn parts(&self, least: usize) -> anyhow::Result<Vec<Vec<usize>>> {
        let world = self.world()?;
        let mut parts = vec![Vec::new()];
        let mut ends = false;
        while parts.len() < least && !ends {
            ends = true;
            let mut longer = Vec::new();
            for part in parts {
                let mut director = Exhaustive::within(part.clone());
                // What comes of it is told again below.
                let _ = once(&world, self.story, self.now, &mut director);
                match director.made().get(part.len()) {
                    None => longer.push(part),
                    Some((_, among)) => {
                        ends = false;
                        let with = |choice| [part.as_slice(), &[choice]].concat();
                        longer.extend((0..*among).map(with));
                    }
                }
            }
            parts = longer;
        }
        Ok(parts)
    }

    /// Tells the orders with this beginning.
    fn tell(
        &self,
        world: &World,
        (number, part): (usize, &[usize]),
        progress: &Progress,
        stop: &AtomicBool,
        done: &AtomicUsize,
    ) {
        let mut director = Exhaustive::within(part.to_vec());
        loop {
            let told = progress.executions.fetch_add(1, Ordering::Relaxed);
            if told >= self.exploration.most || stop.load(Ordering::Relaxed) {
                progress.executions.fetch_sub(1, Ordering::Relaxed);
                progress.is_cut.store(true, Ordering::Relaxed);
                return;
            }
            let (steps, told) = once(world, self.story, self.now, &mut director);
            done.fetch_add(1, Ordering::Relaxed);
            if let Err(mismatch) = told {
                let failure = SimulationFailure {
                    origin: self.case.name.clone(),
                    seed: u32::try_from(self.story.seed).unwrap_or_default(),
                    steps: steps.len(),
                    broken: Broken::of(mismatch),
                    fewest: steps,
                };
                return progress.fail(number, failure);
            }
            if !director.advance() {
                return;
            }
        }
    }
}

impl Progress {
    fn fail(&self, part: usize, failure: SimulationFailure) {
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|(earlier, _)| part < *earlier) {
            *first = Some((part, failure));
        }
    }

    fn has_failed_before(&self, part: usize) -> bool {
        let first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.as_ref().is_some_and(|(earlier, _)| *earlier < part)
    }
}
