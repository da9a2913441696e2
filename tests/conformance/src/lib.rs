//! The conformance tests of the stores: what every adapter must do.
//!
//! An adapter runs all of them with one line in a test file:
//!
//! ```text
//! auth_conformance::conformance!(|clock: ManualClock| async move { open(clock) });
//! ```
//!
//! The requirements are those of `wit/{account,session,throttle,code}-store.wit`; [`suite`] has one
//! function for each case.

#[macro_use]
mod cases;

pub mod records;
mod stores;
pub mod suite;

pub use stores::{AnyStore, Stores, Sweep};
