//! How long a hash takes, so that none is promised that cannot be computed in time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The weight of one measurement in the average is one part of this.
const WEIGHT: u64 = 8;

/// The average time of a thread for one hash, where later hashes weigh more.
#[derive(Default)]
pub(super) struct Pace {
    /// In nanoseconds; 0 as long as nothing was measured.
    average: AtomicU64,
}

impl Pace {
    /// Notes that a thread computed `hashes` in `time`.
    pub(super) fn note(&self, time: Duration, hashes: usize) {
        let hashes = u32::try_from(hashes).unwrap_or(u32::MAX).max(1);
        let measured = u64::try_from((time / hashes).as_nanos()).unwrap_or(u64::MAX);
        let average = self.average.load(Ordering::Relaxed);
        let average = match average {
            0 => measured.max(1),
            _ => average - average / WEIGHT + measured / WEIGHT,
        };
        // A measurement that another thread overwrites is no loss.
        self.average.store(average, Ordering::Relaxed);
    }

    /// The time after which one more hash is computed, when `ahead` others share the threads with
    /// it.
    pub(super) fn expected(&self, ahead: usize, threads: usize) -> Duration {
        let rounds = ahead.checked_div(threads).unwrap_or(ahead) + 1;
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        Duration::from_nanos(self.average.load(Ordering::Relaxed)).saturating_mul(rounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expects_what_it_measured() {
        let pace = Pace::default();
        assert_eq!(pace.expected(1000, 2), Duration::ZERO);
        pace.note(Duration::from_secs(1), 4);
        for (ahead, threads, millis) in [(0, 2, 250), (1, 2, 250), (2, 2, 500), (79, 2, 10_000)] {
            let expected = pace.expected(ahead, threads);
            assert_eq!(expected, Duration::from_millis(millis), "{ahead} ahead");
        }
    }

    #[test]
    fn follows_a_change() {
        let pace = Pace::default();
        pace.note(Duration::from_secs(1), 1);
        for _ in 0..100 {
            pace.note(Duration::from_millis(100), 1);
        }
        let expected = pace.expected(0, 1);
        assert!(expected < Duration::from_millis(101), "{expected:?}");
    }
}
