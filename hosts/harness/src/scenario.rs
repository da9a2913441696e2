//! The service under a policy, for tests in Rust.

pub(crate) mod act;
mod engine;
pub(crate) mod error;
pub(crate) mod person;
pub(crate) mod reply;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use auth_runtime::{Clock, Decision, Question};

use crate::cases::file::NOW;
use crate::cases::story::{MAX_TOGETHER, Together};
use crate::invariants::Watch;
use crate::mismatch::Mismatch;
use crate::observed::Seen;
use crate::policy::Policy;
use crate::run::director::Exhaustive;
use crate::run::memory::Memory;
use crate::run::play::Play;
use crate::run::refusal::Refusal;
use crate::run::story::MAX_ORDERS;
use crate::world::World;
use act::Act;
use engine::engine;
use error::ScenarioError;
use person::Person;
use reply::Reply;

/// The whole service under one policy, for one test.
///
/// The rules are the component that the server runs, byte for byte. Time, randomness, stores, keys
/// and hashing are in memory: the clock stands still until [`wait`](Self::wait) moves it, and a run
/// repeats exactly. Each scenario is a service of its own, without accounts.
///
/// Its methods wait for the answers, so they are for plain tests and not for those that run on an
/// executor, such as `#[tokio::test]`.
pub struct Scenario {
    world: World,
    seed: u64,
    now: u64,
    has_fault: bool,
    has_invariants: bool,
    /// Whether acts that happen together are tried in every order.
    is_exhaustive: bool,
    director: Exhaustive,
    watch: Option<Watch>,
    memory: Memory,
    seen: Seen,
}

impl Scenario {
    /// The service under the policy of this text, which is TOML. It is 2030-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When the component refuses the policy.
    pub fn new(policy: &str) -> Result<Self, ScenarioError> {
        let failed =
            |error: auth_runtime::Error| ScenarioError::Service(format!("{:#}", error.cause));
        let engine = engine()?;
        let compiled = Policy::compile(engine, Path::new("policy.toml"), policy.to_owned());
        let policy = compiled.map_err(failed)?.map_err(ScenarioError::Policy)?;
        let world = World::new(engine, &policy, None);
        let world = world.map_err(|error| ScenarioError::Service(format!("{error:#}")))?;
        let mut scenario = Self {
            memory: Memory::new(&world),
            world,
            seed: 0,
            now: NOW,
            has_fault: false,
            has_invariants: false,
            is_exhaustive: false,
            director: Exhaustive::default(),
            watch: None,
            seen: Seen::default(),
        };
        scenario.restart();
        Ok(scenario)
    }

    /// The same with other randomness, which follows from the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self.restart();
        self
    }

    /// The same at another time, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn beginning_at(mut self, now: u64) -> Self {
        self.now = now;
        self.restart();
        self
    }

    /// The same, in which something goes wrong with one call of a store whenever acts happen
    /// [`together`](Self::together): it fails, loses its answer, is late, or its client gives up.
    /// [`every_order`](Self::every_order) tries each call. A client that gets no answer makes its call
    /// again.
    #[must_use]
    pub fn with_one_fault(mut self) -> Self {
        self.has_fault = true;
        self
    }

    /// The same, which checks the [`INVARIANTS`](crate::INVARIANTS) of the simulation after each act.
    #[must_use]
    pub fn with_invariants(mut self) -> Self {
        self.has_invariants = true;
        self.restart();
        self
    }

    /// Forgets everything that happened.
    fn restart(&mut self) {
        self.world.reset_with(self.now, self.seed);
        self.memory = Memory::new(&self.world);
        let policy = self.world.policy();
        self.watch = self.has_invariants.then(|| Watch::new(policy));
    }

    /// Makes an account for a person, with its roles, as the operator does. With invariants, all
    /// accounts that they are to know are made in this way before anything else happens.
    ///
    /// # Panics
    /// When the service refuses it.
    #[track_caller]
    pub fn account(&mut self, person: &Person) -> &mut Self {
        let entered = self.with_play(|play, world| world.runtime.block_on(play.enter(&person.0)));
        if let Err(mismatch) = entered {
            fail(&mismatch);
        }
        self
    }

    /// Registers a person.
    ///
    /// # Panics
    /// When the service refuses it; [`play`](Self::play) returns the refusal.
    #[track_caller]
    pub fn register(&mut self, person: &Person) -> &mut Self {
        self.expect(person.register())
    }

    /// Logs a person in.
    ///
    /// # Panics
    /// When the service refuses it; [`play`](Self::play) returns the refusal.
    #[track_caller]
    pub fn login(&mut self, person: &Person) -> &mut Self {
        self.expect(person.login())
    }

    /// Makes a call that the service is not to refuse.
    ///
    /// # Panics
    /// When the service refuses it; [`play`](Self::play) returns the refusal.
    #[track_caller]
    pub fn expect(&mut self, act: Act) -> &mut Self {
        let described = act.described();
        if let Err(refusal) = self.play(act) {
            panic!("{described} was refused: {refusal}");
        }
        self
    }

    /// Lets time pass, by whole milliseconds.
    pub fn wait(&mut self, time: Duration) -> &mut Self {
        self.world.parts.clocks.time().advance(time);
        self
    }

    /// The time, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.world.parts.clocks.time().now()
    }

    /// Makes a call and returns the answer.
    ///
    /// # Errors
    /// When the service refuses it.
    ///
    /// # Panics
    /// When the call needs tokens or an account that the scenario does not have, or when an invariant
    /// is broken.
    #[track_caller]
    pub fn play(&mut self, act: Act) -> Result<Reply, Refusal> {
        let mut answers = self.ask(vec![act]);
        answers.pop().expect("each act has an answer")
    }

    /// Makes several calls at the same time, each in a flow of its own, and returns their answers in
    /// the order of the acts. Within [`every_order`](Self::every_order) the calls of the stores follow
    /// one another in each possible order; otherwise one flow ends before the next one begins.
    ///
    /// # Panics
    /// As [`play`](Self::play), and when there are no acts or more than eight.
    #[track_caller]
    pub fn together(&mut self, acts: impl IntoIterator<Item = Act>) -> Vec<Result<Reply, Refusal>> {
        self.ask(acts.into_iter().collect())
    }

    /// Asks what the policy decides for someone who has the roles of this person, without a login.
    /// With an `owner`, the resource in question is that person's.
    ///
    /// # Panics
    /// When the text is no permission.
    #[track_caller]
    #[must_use]
    pub fn decide(&self, person: &Person, permission: &str, owner: Option<&Person>) -> Decision {
        let question = Question {
            subject: person.0.name.clone(),
            roles: person.0.roles.clone(),
            permission: permission.to_owned(),
            owner: owner.map(|owner| owner.0.name.clone()),
        };
        match self.world.verifier.decide(&question) {
            Ok(Ok(decision)) => decision,
            Ok(Err(_)) => panic!("`{permission}` is no permission"),
            Err(error) => panic!("the component failed: {:#}", error.cause),
        }
    }

    /// Runs a test once for each order in which the calls of the stores can follow one another while
    /// acts happen [`together`](Self::together). Each run begins with a service of its own, and the
    /// test must do the same in each. Returns how many runs there were.
    ///
    /// # Panics
    /// When the test panics; then the message ends with the order. And when there are more than
    /// 100,000 orders.
    pub fn every_order(mut self, mut test: impl FnMut(&mut Self)) -> usize {
        self.is_exhaustive = true;
        for run in 1..=MAX_ORDERS {
            self.restart();
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(&mut self))) {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                let order = self.memory.made.join(", ");
                panic!(
                    "{}\nin this order: {order}",
                    text.unwrap_or("the test failed")
                );
            }
            if !self.director.advance() {
                return run;
            }
        }
        panic!("there are more than {MAX_ORDERS} orders, which take too long");
    }

    #[track_caller]
    fn ask(&mut self, acts: Vec<Act>) -> Vec<Result<Reply, Refusal>> {
        let most = MAX_TOGETHER;
        assert!(
            (1..=most).contains(&acts.len()),
            "1 to {most} acts can happen together"
        );
        let together = Together {
            bytes: 0..0,
            acts: acts.into_iter().map(|act| act.0).collect(),
            is_exhaustive: self.is_exhaustive,
            has_fault: self.has_fault && self.is_exhaustive,
            order: None,
            outcomes: Vec::new(),
        };
        let asked = self.with_play(|play, world| world.runtime.block_on(play.ask(&together)));
        let answers = asked.unwrap_or_else(|mismatch| fail(&mismatch));
        let outcomes = answers
            .into_iter()
            .map(|mut answer| match answer.refusal.take() {
                Some(refusal) => Err(refusal),
                None => Ok(Reply::of(answer)),
            });
        outcomes.collect()
    }

    /// Goes on with what happened so far.
    fn with_play<T>(&mut self, go_on: impl FnOnce(&mut Play<'_>, &World) -> T) -> T {
        let memory = std::mem::replace(&mut self.memory, Memory::new(&self.world));
        let (world, watch) = (&self.world, self.watch.as_mut());
        let mut play = Play::new(world, &mut self.director, watch, &mut self.seen).after(memory);
        let told = go_on(&mut play, world);
        self.memory = play.into_memory();
        told
    }
}

#[track_caller]
fn fail(mismatch: &Mismatch) -> ! {
    panic!(
        "expected: {}\n  actual: {}",
        mismatch.expected, mismatch.actual
    );
}
