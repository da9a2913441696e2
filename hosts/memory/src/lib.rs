//! Every capability of the component in memory: deterministic, quick, and open to inspection.
//!
//! Tests, the policy harness and the simulation run the component on these instead of a database,
//! the system's clock and real hashing. A flow that runs on them twice, from the same seed and at the
//! same times, gives the same bytes twice.

mod audit;
mod clock;
mod entropy;
mod hasher;
mod keys;
mod stores;

pub use audit::RecordingAudit;
pub use clock::ManualClock;
pub use entropy::SeededEntropy;
pub use hasher::{QuickHasher, Work};
pub use keys::QuickKeys;
pub use stores::MemoryStores;
