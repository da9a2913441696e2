//! The policy harness: runs case files on the component, with the whole service in memory.
//!
//! [`Suite`] reads `*.cases.toml` files and runs them. Each decision is the component's own; time,
//! randomness, stores, hashing and keys are those of `auth-memory`, so a run repeats exactly.

mod adapters;
mod case;
mod cases;
mod claims;
pub mod coverage;
mod duration;
mod fault;
mod gate;
mod invariants;
mod journal;
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
mod simulation;
mod source;
mod stores;
mod suite;
mod tampering;
mod turn;
mod world;

pub use case::{Finding, Kind};
pub use invariants::{Goals, INVARIANTS, Invariant};
pub use mutant::Mutant;
pub use mutation::{Mutation, mutate};
pub use options::Options;
pub use policy::{AUDIENCE, ISSUER, Policy};
pub use report::{json, junit, text};
pub use result::{Failure, Outcome, Report, Verdict};
pub use simulation::{Plan, STEPS_PER_SEED, Simulated, SimulationFailure, simulate};
pub use source::{Place, Source, Span};
pub use suite::{LoadError, Suite};
