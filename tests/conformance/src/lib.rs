//! What every store must do, as tests.
//!
//! An adapter joins with one line in a test file of its own:
//!
//! ```text
//! auth_conformance::conformance!(|clock: ManualClock| async move { open(clock) });
//! ```
//!
//! The promises are those of `wit/{account,session,throttle,code}-store.wit`; [`suite`] has one
//! function for each case.

#[macro_use]
mod cases;

pub mod records;
mod stores;
pub mod suite;

pub use stores::{AnyStore, Stores, Sweep};
