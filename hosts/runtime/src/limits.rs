//! How much one call may use.

use std::time::Duration;

use wasmtime::{StoreLimits, StoreLimitsBuilder};

/// How often the epoch advances: the grain of every deadline inside the guest.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Bounds for one call. The defaults suit a server of one or two cores.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the call to its answer, waiting for stores and for the hashing queue included. A sooner
    /// [deadline](crate::deadline) of the request holds instead.
    pub flow: Duration,
    /// Slices of [`TICK`] that the guest itself may compute. A flow computes well under one.
    pub guest_ticks: u32,
    /// Linear memory of an instance, in bytes. The guest starts with under 1 MiB.
    pub memory_bytes: usize,
    /// Bytes that host calls may move out of the guest, in one call.
    pub host_call_bytes: usize,
    /// Flows at one time; more wait, within their own deadline.
    pub concurrent_flows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            flow: Duration::from_secs(20),
            guest_ticks: 200,
            memory_bytes: 16 << 20,
            host_call_bytes: 1 << 20,
            concurrent_flows: 256,
        }
    }
}

impl Limits {
    /// For compiling a policy: it happens once, at start, and may be a file of megabytes.
    #[must_use]
    pub fn for_policy() -> Self {
        Self {
            guest_ticks: 1000,
            memory_bytes: 512 << 20,
            host_call_bytes: 64 << 20,
            ..Self::default()
        }
    }

    pub(crate) fn store(&self) -> StoreLimits {
        StoreLimitsBuilder::new()
            .memory_size(self.memory_bytes)
            .build()
    }
}
