//! Deterministic simulation of the whole service: flows that run together in orders that a seed
//! chooses, with calls that fail, clients that give up and time that passes, while invariants are
//! watched.
//!
//! A seed gives the same run on every machine: one thread plays it, time is that of a manual clock,
//! and randomness comes from the seed. A failure is made as small as can be and becomes a story,
//! which `policy test` plays again.

mod chance;
mod exploration;
mod failure;
mod generator;
mod people;
mod profile;
mod render;
mod shrink;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use auth_runtime::{Clock, Engine};
use fastrand::Rng;

use crate::cases::file::NOW;
use crate::cases::story::{MAX_TOGETHER, Step};
use crate::invariants::{Goals, Watch};
use crate::mutant::Mutant;
use crate::observed::Seen;
use crate::policy::Policy;
use crate::run::director::Exhaustive;
use crate::run::play::Play;
use crate::run::story::tell;
use crate::threads;
use crate::world::World;
use chance::Chance;
pub use exploration::{Exploration, Explored, SCENARIO_POLICY, explore};
use failure::Broken;
pub use failure::SimulationFailure;
use generator::Generator;
use people::People;
use profile::Profile;

/// The text of a policy whose limits are so low that a run of some hundred steps meets all of them.
pub const SIMULATION_POLICY: &str = include_str!("../simulation/policy.toml");

/// How many steps a seed has, those of its end aside.
pub const STEPS_PER_SEED: u32 = 200;

/// Which seeds are simulated, and on what.
#[derive(Clone)]
pub struct Plan {
    /// The seed to begin with.
    pub seed: u32,
    /// How many seeds there are, from the first on.
    pub seeds: u32,
    /// How many threads run seeds; by default as many as the machine has cores. The results do not
    /// depend on it.
    pub jobs: Option<NonZeroUsize>,
    /// A promise that an adapter breaks.
    pub mutant: Option<Mutant>,
    /// The one invariant that is checked, by its name; all when there is none.
    pub only: Option<&'static str>,
    /// Whether each seed is run twice, to show that it repeats.
    pub is_twice: bool,
    /// How often a failure is played again at most to make it small.
    pub tries: usize,
}

/// What came of a simulation.
#[derive(Default)]
pub struct Simulated {
    /// How many seeds were run to their end.
    pub seeds: u32,
    /// How many steps they had.
    pub steps: u64,
    /// How many calls of the service they made, each a flow.
    pub flows: u64,
    /// How much time passed in them, in milliseconds.
    pub millis: u64,
    /// How often the seeds reached each goal.
    pub goals: Goals,
    /// The failure of the least seed that has one.
    pub failure: Option<SimulationFailure>,
}

/// Simulates the service under a policy. `stop` ends it after the seeds that have begun; `done`
/// counts the seeds.
///
/// # Errors
/// When the service cannot be started on the policy.
pub fn simulate(
    engine: &Engine,
    policy: &Policy,
    plan: &Plan,
    stop: &AtomicBool,
    done: &AtomicUsize,
) -> anyhow::Result<Simulated> {
    let jobs = threads::count(plan.jobs);
    let next = AtomicU32::new(0);
    // Seeds after the first failure need not be run.
    let end = AtomicU32::new(plan.seeds);
    let total = Mutex::new(Simulated::default());
    let worker = || -> anyhow::Result<()> {
        let world = World::new(engine, policy, plan.mutant)?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end.load(Ordering::Relaxed) || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let ran = run(&world, plan, plan.seed.wrapping_add(number));
            if ran.failure.is_some() {
                end.fetch_min(number, Ordering::Relaxed);
            }
            done.fetch_add(1, Ordering::Relaxed);
            total
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .merge(ran, plan.seed);
        }
    };
    threads::run(jobs, worker)?;
    let mut total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(failure) = &mut total.failure {
        let world = World::new(engine, policy, plan.mutant)?;
        minimise(&world, plan, failure);
    }
    Ok(total)
}

impl Simulated {
    /// Adds what came of a seed. The failure that counts is that of the least number.
    fn merge(&mut self, ran: Ran, first: u32) {
        self.seeds += 1;
        self.steps += ran.steps.len() as u64;
        self.flows += ran.steps.iter().map(Step::flows).sum::<u64>();
        self.millis += ran.millis;
        self.goals.merge(&ran.goals);
        let number = |seed: u32| seed.wrapping_sub(first);
        let earlier = self.failure.as_ref().map(|it| number(it.seed));
        if let Some(reason) = ran.failure
            && earlier.is_none_or(|earlier| number(ran.seed) < earlier)
        {
            self.failure = Some(SimulationFailure {
                origin: format!("seed {}", ran.seed),
                seed: ran.seed,
                steps: ran.steps.len(),
                broken: reason,
                fewest: ran.steps,
            });
        }
    }
}

/// What came of one seed.
struct Ran {
    seed: u32,
    /// What was done.
    steps: Vec<Step>,
    millis: u64,
    goals: Goals,
    failure: Option<Broken>,
    fingerprint: u64,
}

/// Runs a seed, twice if the plan says so.
fn run(world: &World, plan: &Plan, seed: u32) -> Ran {
    let mut ran = run_once(world, plan, seed);
    if plan.is_twice && ran.failure.is_none() {
        let again = run_once(world, plan, seed);
        if again.fingerprint != ran.fingerprint {
            ran.failure = Some(Broken {
                expected: "a seed that repeats".to_owned(),
                actual: "another run".to_owned(),
            });
        }
    }
    ran
}

fn run_once(world: &World, plan: &Plan, seed: u32) -> Ran {
    let mut rng = Rng::with_seed(seed.into());
    let profile = Profile::new(&mut rng);
    let people = People::of(world.policy(), profile.has_administrator);
    let mut generator = Generator::new(rng.fork(), &profile, &people, world.policy());
    let mut chance = Chance {
        rng,
        profile: &profile,
        priorities: [0; MAX_TOGETHER],
        is_storm: false,
        is_late: false,
    };
    let mut watch = Watch::new(world.policy()).only(plan.only);
    let mut seen = Seen::default();
    world.reset_with(NOW, seed.into());
    let mut play = Play::new(world, &mut chance, Some(&mut watch), &mut seen).lenient();
    let told = world.runtime.block_on(async {
        for member in &people.members {
            play.enter(member).await?;
        }
        for _ in 0..STEPS_PER_SEED {
            play.step(&generator.step()).await?;
        }
        for step in generator.end() {
            play.step(&step).await?;
        }
        Ok(())
    });
    let steps = play.into_done();
    Ran {
        seed,
        millis: world.parts.clocks.time().now() - NOW,
        goals: watch.goals.clone(),
        failure: told.err().map(Broken::of),
        fingerprint: fingerprint(&steps, &watch),
        steps,
    }
}

/// A number that differs for runs that differ.
fn fingerprint(steps: &[Step], watch: &Watch) -> u64 {
    let mut hasher = DefaultHasher::new();
    render::case_file("", &[], 0, "", steps).hash(&mut hasher);
    watch.fingerprint().hash(&mut hasher);
    hasher.finish()
}

/// Plays steps again. Returns what was done if this is broken.
fn replay(
    world: &World,
    plan: &Plan,
    seed: u32,
    steps: &[Step],
    broken: &str,
) -> Option<Vec<Step>> {
    let mut director = Exhaustive::default();
    let mut watch = Watch::new(world.policy()).only(plan.only);
    let mut seen = Seen::default();
    world.reset_with(NOW, seed.into());
    let mut play = Play::new(world, &mut director, Some(&mut watch), &mut seen).lenient();
    let told = world.runtime.block_on(tell(&mut play, steps));
    let done = play.into_done();
    told.err()
        .is_some_and(|mismatch| mismatch.expected == broken)
        .then_some(done)
}

/// Makes the steps of the failure as few as can be.
fn minimise(world: &World, plan: &Plan, failure: &mut SimulationFailure) {
    let (seed, expected) = (failure.seed, &failure.broken.expected);
    let steps = std::mem::take(&mut failure.fewest);
    failure.fewest = shrink::shrink(steps, plan.tries, |steps| {
        replay(world, plan, seed, steps, expected)
    });
}
