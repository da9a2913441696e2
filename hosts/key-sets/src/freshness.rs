//! How long fetched keys are used.

use std::time::Duration;

/// How far a soft expiry differs by chance, so that many verifiers do not fetch at one time.
const JITTER: f64 = 0.1;

/// How long fetched keys are used, and how often they are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// After this time the keys are fetched anew while the old ones still serve.
    pub soft_ttl: Duration,
    /// After this time the keys are no longer used, so a withdrawn key is gone by then.
    pub hard_ttl: Duration,
    /// The least time between two fetches: for unknown ids, and after a failure.
    pub cool_down: Duration,
}

impl Default for Freshness {
    /// Five minutes, an hour and 30 seconds.
    fn default() -> Self {
        Self {
            soft_ttl: Duration::from_secs(300),
            hard_ttl: Duration::from_secs(3_600),
            cool_down: Duration::from_secs(30),
        }
    }
}

impl Freshness {
    /// The least time between two fetches while there are no keys at all.
    pub(crate) const EMPTY_COOL_DOWN: Duration = Duration::from_secs(1);

    /// The soft expiry of one fetch, shortened by chance; `random` is from 0 to 1.
    pub(crate) fn jittered(&self, random: f64) -> Duration {
        self.soft_ttl.mul_f64(1.0 - JITTER * random.clamp(0.0, 1.0))
    }
}
