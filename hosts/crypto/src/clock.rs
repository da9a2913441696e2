//! The clock capability, from the operating system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::Clock;

/// The operating system's clock. It may step backwards, as the contract allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            })
    }
}
