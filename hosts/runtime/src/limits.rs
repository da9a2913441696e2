//! Limits on the resources of one call.

use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::{StoreLimits, StoreLimitsBuilder};

/// How often the epoch advances, and so the precision of every deadline inside the guest.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// The limits of one call. The defaults suit a server of one or two cores.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest time from a call to its answer, including waits for stores and for the hashing
    /// queue. A [deadline](crate::deadline) of the request applies instead if it is sooner.
    pub flow: Duration,
    /// The longest time that the guest may compute, in units of [`TICK`]. A flow usually needs well
    /// under one.
    pub guest_ticks: u32,
    /// The largest linear memory of an instance, in bytes. The guest starts with less than 1 MiB.
    pub memory_bytes: usize,
    /// The most bytes that one host call may copy out of the guest.
    pub host_call_bytes: usize,
    /// The most flows that hash no password and run at one time. Further flows wait, within their
    /// own deadlines.
    pub concurrent_flows: usize,
    /// The most flows that may hash and run at one time without a place in the hashing queue,
    /// because they are on their way to it, or are about to be refused one.
    pub undecided_flows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            flow: Duration::from_secs(20),
            guest_ticks: 200,
            memory_bytes: 16 << 20,
            host_call_bytes: 1 << 20,
            concurrent_flows: 256,
            undecided_flows: 64,
        }
    }
}

impl Limits {
    /// Returns how many flows may hash and run at one time, on a host whose hashing queue has this
    /// many places. They leave the places of the other flows alone.
    #[must_use]
    pub fn hashing_flows(&self, hash_places: usize) -> usize {
        let flows = hash_places.saturating_add(self.undecided_flows);
        flows.min(Semaphore::MAX_PERMITS)
    }

    /// Returns how many flows run at one time, and so how many instances of the service can exist.
    #[must_use]
    pub fn all_flows(&self, hash_places: usize) -> usize {
        self.concurrent_flows
            .saturating_add(self.hashing_flows(hash_places))
    }

    /// The limits for compiling a policy, which happens once, at start, and whose file may have
    /// megabytes. With inheritance the compiled policy is many times as large: each rule of each role has
    /// its path.
    #[must_use]
    pub fn for_policy() -> Self {
        Self {
            guest_ticks: 1000,
            memory_bytes: 512 << 20,
            host_call_bytes: 1 << 30,
            ..Self::default()
        }
    }

    pub(crate) fn store(&self) -> StoreLimits {
        StoreLimitsBuilder::new()
            .memory_size(self.memory_bytes)
            .build()
    }
}
