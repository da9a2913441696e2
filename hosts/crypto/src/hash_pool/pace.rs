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

    /// How many hashes the threads compute within this time. Without a measurement, any number.
    pub(super) fn within(&self, time: Duration, threads: usize) -> usize {
        let average = u128::from(self.average.load(Ordering::Relaxed));
        let rounds = time.as_nanos().checked_div(average);
        let rounds = rounds.map_or(usize::MAX, |rounds| {
            usize::try_from(rounds).unwrap_or(usize::MAX)
        });
        rounds.saturating_mul(threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expects_what_it_measured() {
        let pace = Pace::default();
        assert_eq!(pace.within(Duration::ZERO, 2), usize::MAX);
        pace.note(Duration::from_secs(1), 4);
        for (millis, threads, hashes) in [(249, 2, 0), (250, 2, 2), (999, 2, 6), (10_000, 1, 40)] {
            let expected = pace.within(Duration::from_millis(millis), threads);
            assert_eq!(expected, hashes, "{millis} ms");
        }
    }

    #[test]
    fn follows_a_change() {
        let pace = Pace::default();
        pace.note(Duration::from_secs(1), 1);
        for _ in 0..100 {
            pace.note(Duration::from_millis(100), 1);
        }
        assert_eq!(pace.within(Duration::from_millis(1010), 1), 10);
    }
}
