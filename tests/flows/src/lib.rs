//! A test bench for the flows of the service: the real component, stores in memory, a clock that
//! stands still, and quick stand-ins for what is slow.
//!
//! [`House`] is one process of a service; everything in it can be looked at and moved by a test.

mod audit;
mod entropy;
mod hasher;
mod house;
mod keys;
mod stage;
mod together;

pub use audit::RecordingAudit;
pub use entropy::SeededEntropy;
pub use hasher::QuickHasher;
pub use house::{EMAIL, House, PASSWORD, SOURCE, attempt};
pub use keys::QuickKeys;
pub use stage::{StagedStores, adapter_fault, unavailable};
pub use together::together;
