//! A test bench for the flows of the service: the real component, stores in memory, a clock that a
//! test moves, and quick replacements for what is slow, such as hashing.
//!
//! [`TestService`] is one process of a service. A test can inspect and change each of its parts.

mod test_service;

mod faulty_stores;
mod together;

pub use test_service::{EMAIL, PASSWORD, SOURCE, TestService, attempt, refresh_request};

pub use faulty_stores::{FaultyStores, adapter_fault, unavailable};
pub use together::together;
