//! The policy harness: the whole service in memory, to test a policy on.
//!
//! The rules are the component that the server runs, byte for byte. Clock, randomness, stores,
//! hashing and keys are those of `auth-memory`: an hour passes at once, and a run repeats exactly.
//!
//! - [`Scenario`] is for tests in Rust: people register, log in and are administered, one after the
//!   other or at the same time, and each call returns a typed outcome.
//! - [`Suite`] reads and runs `*.cases.toml` files, as `countersign policy test` does.
//! - [`simulate`] makes up what happens, with faults, and watches the [`INVARIANTS`].
//!
//! # A first test
//!
//! ```
//! use std::time::Duration;
//!
//! use auth_harness::{Person, Refusal, Scenario};
//! use auth_runtime::LoginError;
//!
//! let policy = r#"
//! [throttle]
//! account_and_source = { failures = 3, window_seconds = 300, block_seconds = 60, max_block_seconds = 3600 }
//!
//! [roles.user]
//! allow_own = ["orders:read"]
//!
//! [roles.admin]
//! allow = ["*:*"]
//! "#;
//! let ann = Person::new("ann");
//! let mut service = Scenario::new(policy)?;
//! service.register(&ann).login(&ann);
//! assert!(service.play(ann.authorize("orders:read").owned_by(&ann)).is_ok());
//! assert_eq!(service.play(ann.authorize("orders:refund")).unwrap_err(), Refusal::Unmatched);
//!
//! // Whoever guesses is blocked for a minute, and for that minute only.
//! let guess = || ann.login().from_source("203.0.113.7").with_wrong_password();
//! for _ in 0..3 {
//!     let refusal = service.play(guess()).unwrap_err();
//!     assert_eq!(refusal, Refusal::Login(LoginError::InvalidCredentials));
//! }
//! assert_eq!(service.play(guess()).unwrap_err(), Refusal::Login(LoginError::Throttled(60)));
//! service.wait(Duration::from_secs(60));
//! service.expect(ann.login().from_source("203.0.113.7"));
//! # Ok::<(), auth_harness::ScenarioError>(())
//! ```
//!
//! # Every order
//!
//! What happens at the same time can happen in many orders. [`Scenario::every_order`] runs a test
//! once for each of them, and for each call of a store that fails if the scenario asks for it:
//!
//! ```
//! use auth_harness::{Person, Scenario};
//!
//! let ann = Person::new("ann").roles(["user"]);
//! // An empty text is the default policy.
//! let service = Scenario::new("")?.with_one_fault().with_invariants();
//! let runs = service.every_order(|service| {
//!     service.account(&ann).expect(ann.login().save("t0"));
//!     // Two tabs refresh at once: both go on with the same successor.
//!     let both = service.together([
//!         ann.refresh().with_saved("t0"),
//!         ann.refresh().with_saved("t0"),
//!     ]);
//!     let successors = both.into_iter().map(|reply| reply.unwrap().tokens.unwrap().refresh_token);
//!     let successors: Vec<_> = successors.collect();
//!     assert_eq!(successors[0], successors[1]);
//! });
//! assert!(runs > 20);
//! # Ok::<(), auth_harness::ScenarioError>(())
//! ```

mod acceptance;
mod adapters;
mod boundaries;
mod case;
mod case_lint;
mod cases;
mod claims;
mod clocks;
mod correction;
pub mod coverage;
mod duration;
mod event;
mod fault;
mod files;
mod gate;
mod invariants;
mod journal;
mod keys;
mod lints;
mod mismatch;
mod mutant;
mod mutation;
mod names;
mod observed;
mod options;
mod policy;
mod reader;
mod report;
mod result;
mod run;
mod scenario;
mod settings;
mod simulation;
mod source;
mod stores;
mod suite;
mod tampering;
mod threads;
mod token_keys;
mod turn;
mod world;

/// The JSON Schema (draft 2020-12) of case files, for editors.
pub const CASES_SCHEMA: &str = include_str!("../cases.schema.json");

pub use acceptance::accept;
pub use boundaries::{Boundary, boundaries};
pub use case::{Finding, Kind};
pub use case_lint::CaseLint;
pub use correction::Correction;
pub use files::{ENDING, Files};
pub use invariants::{Goals, INVARIANTS, Invariant};
pub use lints::lint;
pub use mutant::{Mutant, NOTICED};
pub use mutation::{Mutation, mutate};
pub use options::Options;
pub use policy::{AUDIENCE, ISSUER, Policy};
pub use report::{json, junit, text};
pub use result::{Failure, Outcome, Report, Verdict};
pub use run::refusal::Refusal;
pub use scenario::Scenario;
pub use scenario::act::Act;
pub use scenario::error::ScenarioError;
pub use scenario::person::Person;
pub use scenario::reply::Reply;
pub use simulation::{
    Exploration, Explored, Plan, SCENARIO_POLICY, SIMULATION_POLICY, STEPS_PER_SEED, Simulated,
    SimulationFailure, explore, simulate,
};
pub use source::{Place, Source, Span};
pub use suite::{LoadError, Suite};
