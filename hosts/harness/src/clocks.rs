//! The clocks of the hosts, of the stores and of those who verify tokens. Each can differ from the
//! time that passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use auth_memory::ManualClock;
use auth_runtime::Clock;

/// Whose clock it is. The flows in lanes of even numbers run on the first host, those in lanes of odd
/// numbers on the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    FirstHost,
    SecondHost,
    /// By this clock the stores drop what has expired.
    Stores,
    Verifiers,
}

impl Whose {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("first-host", Self::FirstHost),
        ("second-host", Self::SecondHost),
        ("stores", Self::Stores),
        ("verifiers", Self::Verifiers),
    ];

    /// The name in case files.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The host whose flows run in this lane.
    pub(crate) fn host(lane: usize) -> Self {
        match lane % 2 {
            0 => Self::FirstHost,
            _ => Self::SecondHost,
        }
    }
}

/// The time, and how far each clock differs from it.
#[derive(Clone, Default)]
pub(crate) struct Clocks {
    time: ManualClock,
    offsets: Arc<[Offset; Whose::ALL.len()]>,
}

/// How far a clock differs, in milliseconds, and how far it has.
#[derive(Default)]
struct Offset {
    present: AtomicI64,
    highest: AtomicI64,
    lowest: AtomicI64,
}

/// How far clocks have differed since the service was new, in milliseconds. What depends on times that
/// are nearer to one another than this cannot be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slack {
    /// Those of the hosts, from one another and from the time.
    pub(crate) hosts: u64,
    /// How much too early a host or a store may have taken a record for expired.
    pub(crate) records: u64,
    /// Those of the verifiers, from the time.
    pub(crate) verifiers: u64,
}

impl Clocks {
    /// The time that passes, which every clock shows unless it was set.
    pub(crate) fn time(&self) -> &ManualClock {
        &self.time
    }

    /// The clock of one of them.
    pub(crate) fn of(&self, whose: Whose) -> Arc<dyn Clock> {
        Arc::new(OwnClock {
            clocks: self.clone(),
            whose,
        })
    }

    /// Lets a clock differ by so many milliseconds.
    pub(crate) fn set(&self, whose: Whose, offset_millis: i64) {
        let offset = &self.offsets[whose as usize];
        offset.present.store(offset_millis, Ordering::Relaxed);
        offset.highest.fetch_max(offset_millis, Ordering::Relaxed);
        offset.lowest.fetch_min(offset_millis, Ordering::Relaxed);
    }

    /// How far a clock differs, in milliseconds.
    pub(crate) fn offset(&self, whose: Whose) -> i64 {
        self.offsets[whose as usize].present.load(Ordering::Relaxed)
    }

    /// Sets the time, and all clocks to it.
    pub(crate) fn restart(&self, now: u64) {
        self.time.set(now);
        for offset in &*self.offsets {
            for millis in [&offset.present, &offset.highest, &offset.lowest] {
                millis.store(0, Ordering::Relaxed);
            }
        }
    }

    /// How far the clocks have differed.
    pub(crate) fn slack(&self) -> Slack {
        let hosts = [Whose::FirstHost, Whose::SecondHost];
        Slack {
            hosts: self.highest(&hosts) + self.lowest(&hosts),
            records: self.highest(&[Whose::FirstHost, Whose::SecondHost, Whose::Stores]),
            verifiers: self.highest(&[Whose::Verifiers]) + self.lowest(&[Whose::Verifiers]),
        }
    }

    /// How far these were ahead.
    fn highest(&self, clocks: &[Whose]) -> u64 {
        let ahead = clocks.iter().map(|it| &self.offsets[*it as usize].highest);
        let millis = ahead.map(|millis| millis.load(Ordering::Relaxed).unsigned_abs());
        millis.max().unwrap_or_default()
    }

    /// How far these were behind.
    fn lowest(&self, clocks: &[Whose]) -> u64 {
        let behind = clocks.iter().map(|it| &self.offsets[*it as usize].lowest);
        let millis = behind.map(|millis| millis.load(Ordering::Relaxed).unsigned_abs());
        millis.max().unwrap_or_default()
    }
}

struct OwnClock {
    clocks: Clocks,
    whose: Whose,
}

impl Clock for OwnClock {
    fn now(&self) -> u64 {
        let offset = self.clocks.offset(self.whose);
        self.clocks.time.now().saturating_add_signed(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_clock_has_an_offset_of_its_own() {
        let clocks = Clocks::default();
        clocks.restart(1_000);
        clocks.set(Whose::Stores, -90);
        clocks.set(Whose::SecondHost, 7);
        let shown = Whose::ALL.map(|(_, whose)| clocks.of(whose).now());
        assert_eq!(shown, [1_000, 1_007, 910, 1_000]);
        clocks.set(Whose::SecondHost, -3);
        clocks.set(Whose::Verifiers, 4);
        let slack = Slack {
            hosts: 10,
            records: 7,
            verifiers: 4,
        };
        assert_eq!(clocks.slack(), slack);
        clocks.restart(5);
        assert_eq!(clocks.of(Whose::Stores).now(), 5);
        assert_eq!(clocks.slack(), Slack::default());
        for (number, (_, whose)) in Whose::ALL.into_iter().enumerate() {
            assert_eq!(whose as usize, number);
        }
    }
}
