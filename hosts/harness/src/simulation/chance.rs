//! Directs flows by chance.

use fastrand::Rng;

use super::profile::Profile;
use crate::cases::story::{MAX_TOGETHER, Together};
use crate::gate::Waiting;
use crate::run::director::Director;
use crate::turn::{Fault, Turn};

/// Directs flows by chance, as a profile makes it likely.
pub(crate) struct Chance<'a> {
    pub(crate) rng: Rng,
    pub(crate) profile: &'a Profile,
    /// Who goes on first, if the profile has priorities (probabilistic concurrency testing).
    pub(crate) priorities: [u32; MAX_TOGETHER],
    /// Whether the stores are in trouble for a while.
    pub(crate) is_storm: bool,
    /// Whether a write is late.
    pub(crate) is_late: bool,
}

impl Director for Chance<'_> {
    fn begin(&mut self, _: &Together) {
        self.priorities = std::array::from_fn(|_| self.rng.u32(..));
        // Trouble comes seldom and stays for some steps.
        let turns = if self.is_storm { 6 } else { 30 };
        if self.rng.u32(0..turns) == 0 {
            self.is_storm = !self.is_storm;
        }
        self.is_late = false;
    }

    fn turn(&mut self, waiting: &[Waiting]) -> Turn {
        if let Some(time) = self.profile.pass(&mut self.rng) {
            return Turn::Pass(time);
        }
        if let Some(event) = self.profile.event_in_flow(&mut self.rng) {
            return Turn::Event(event);
        }
        if self.is_late && self.rng.u32(0..4) == 0 {
            self.is_late = false;
            return Turn::Arrive;
        }
        let lane = self.lane(waiting);
        match self.profile.fault(&mut self.rng, self.is_storm) {
            None => Turn::Go(lane, None),
            Some(None) => Turn::HangUp(lane),
            Some(Some(fault)) => {
                self.is_late |= fault == Fault::Late;
                Turn::Go(lane, Some(fault))
            }
        }
    }
}

impl Chance<'_> {
    fn lane(&mut self, waiting: &[Waiting]) -> usize {
        if !self.profile.has_priorities {
            return waiting[self.rng.usize(0..waiting.len())].0;
        }
        let lanes = waiting.iter().map(|(lane, _)| *lane);
        let first = lanes.max_by_key(|lane| self.priorities[*lane]);
        let lane = first.unwrap_or_default();
        if self.rng.u32(0..8) == 0 {
            self.priorities[lane] = self.rng.u32(..);
        }
        lane
    }
}
