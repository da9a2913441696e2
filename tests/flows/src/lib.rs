//! A test bench for the flows of the service: the real component, stores in memory, a clock that
//! stands still, and quick stand-ins for what is slow.
//!
//! [`TestService`] is one process of a service; everything in it can be looked at and moved by a test.

mod test_service;

mod faulty_stores;
mod together;

pub use test_service::{EMAIL, PASSWORD, SOURCE, TestService, attempt};

pub use faulty_stores::{FaultyStores, adapter_fault, unavailable};
pub use together::together;
