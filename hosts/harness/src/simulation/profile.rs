//! What a seed makes likely: which calls, which faults, how much happens at once.
//!
//! Each seed leaves some calls and some faults out altogether, because rare events never come
//! together otherwise (swarm testing).

use std::time::Duration;

use fastrand::Rng;

use crate::cases::verb::Verb;
use crate::clocks::Whose;
use crate::event::Event;
use crate::keys::Rotated;
use crate::turn::Fault;

/// The verbs with their usual weights.
const VERBS: [(Verb, u32); 19] = [
    (Verb::Login, 30),
    (Verb::Refresh, 30),
    (Verb::WhoAmI, 8),
    (Verb::Authorize, 6),
    (Verb::Logout, 4),
    (Verb::Sessions, 3),
    (Verb::RevokeSession, 3),
    (Verb::ChangePassword, 5),
    (Verb::Register, 5),
    (Verb::BeginSetup, 3),
    (Verb::CompleteSetup, 5),
    (Verb::Create, 3),
    (Verb::Delete, 1),
    (Verb::Disable, 3),
    (Verb::Enable, 4),
    (Verb::EndSessions, 2),
    (Verb::Grant, 3),
    (Verb::Take, 3),
    (Verb::Unlock, 2),
];

/// The faults of a call, and a client that gives up (`None`).
const FAULTS: [Option<Fault>; 4] = [
    Some(Fault::Before),
    Some(Fault::After),
    Some(Fault::Late),
    None,
];

/// The times that pass between two steps, in milliseconds.
const WAITS: [u64; 9] = [
    1_000, 5_000, 9_999, 11_000, 61_000, 301_000, 631_000, 3_601_000, 90_000_000,
];

/// The times that pass during a flow, in milliseconds.
const PASSES: [u64; 4] = [1, 1_000, 11_000, 61_000];

/// How far the clocks differ at times, in milliseconds. Those of the hosts differ by less than the grace
/// of a refresh, and those of the verifiers by less than the leeway of tokens. Stores drop what has
/// expired a minute too early, or an hour too late.
const CLOCKS: [(Whose, [i64; 3]); 4] = [
    (Whose::FirstHost, [-4_000, 0, 4_000]),
    (Whose::SecondHost, [-5_000, 0, 5_000]),
    (Whose::Stores, [-3_600_000, 0, 60_000]),
    (Whose::Verifiers, [-15_000, 0, 15_000]),
];

/// What a seed makes likely.
pub(crate) struct Profile {
    verbs: Vec<(Verb, u32)>,
    faults: Vec<Option<Fault>>,
    /// Of so many calls one is disturbed; none if it is 0.
    calls_per_fault: u32,
    /// The same while the stores are in trouble.
    calls_per_fault_in_storm: u32,
    /// Of so many calls one takes its time; none if it is 0.
    calls_per_pass: u32,
    /// Of so many calls one meets an event; none if it is 0.
    calls_per_event: u32,
    has_clocks: bool,
    has_rotations: bool,
    /// The most acts that happen at the same time.
    pub(crate) together: usize,
    /// Whether the flows have priorities, so that one goes far before another goes on.
    pub(crate) has_priorities: bool,
    /// Whether what happens at the same time is mostly the same call by several people.
    pub(crate) has_races: bool,
    /// Whether wrong passwords come from strangers alone.
    pub(crate) has_careful_owners: bool,
    /// Whether half of what happens is about one person.
    pub(crate) has_favourite: bool,
    pub(crate) has_outages: bool,
    pub(crate) has_administrator: bool,
    waits: Vec<u64>,
    /// How many of a hundred logins offer a wrong password.
    pub(crate) wrong_percent: u32,
}

impl Profile {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let some = |rng: &mut Rng| rng.u32(0..4) > 0;
        let mut verbs = Vec::new();
        for (verb, weight) in VERBS {
            // Without logins nothing else happens.
            if verb == Verb::Login || some(rng) {
                verbs.push((verb, weight * rng.u32(1..4)));
            }
        }
        let faults = FAULTS.into_iter().filter(|_| some(rng)).collect();
        let mut waits: Vec<_> = WAITS.into_iter().filter(|_| some(rng)).collect();
        waits.push(WAITS[0]);
        Self {
            verbs,
            faults,
            calls_per_fault: [0, 0, 60, 15][rng.usize(0..4)],
            calls_per_fault_in_storm: [0, 4, 8][rng.usize(0..3)],
            calls_per_pass: [0, 40, 10][rng.usize(0..3)],
            calls_per_event: [0, 40, 120][rng.usize(0..3)],
            has_clocks: rng.u32(0..3) == 0,
            has_rotations: rng.u32(0..3) == 0,
            together: rng.usize(1..5),
            has_priorities: rng.bool(),
            has_races: rng.u32(0..3) == 0,
            has_careful_owners: rng.bool(),
            has_favourite: rng.bool(),
            has_outages: some(rng),
            has_administrator: rng.bool(),
            waits,
            wrong_percent: [10, 35, 70][rng.usize(0..3)],
        }
    }

    pub(crate) fn verb(&self, rng: &mut Rng) -> Verb {
        let all = self.verbs.iter().map(|(_, weight)| weight).sum();
        let mut chosen = rng.u32(0..all);
        for (verb, weight) in &self.verbs {
            match chosen.checked_sub(*weight) {
                Some(rest) => chosen = rest,
                None => return *verb,
            }
        }
        Verb::Login
    }

    pub(crate) fn wait(&self, rng: &mut Rng) -> Duration {
        Duration::from_millis(self.waits[rng.usize(0..self.waits.len())])
    }

    /// The time that passes now during a flow, if any does.
    pub(crate) fn pass(&self, rng: &mut Rng) -> Option<Duration> {
        let passes = one_in(rng, self.calls_per_pass);
        passes.then(|| Duration::from_millis(PASSES[rng.usize(0..PASSES.len())]))
    }

    /// What happens to the hosts now during a flow, if anything does.
    pub(crate) fn event_in_flow(&self, rng: &mut Rng) -> Option<Event> {
        let is_now = one_in(rng, self.calls_per_event);
        is_now.then(|| self.event(rng)).flatten()
    }

    /// What happens to the hosts between two steps, if anything does.
    pub(crate) fn event_between(&self, rng: &mut Rng) -> Option<Event> {
        one_in(rng, 20).then(|| self.event(rng)).flatten()
    }

    fn event(&self, rng: &mut Rng) -> Option<Event> {
        // A key rotates less often than a clock moves.
        let is_rotation = rng.u32(0..8) == 0;
        match (self.has_clocks, self.has_rotations) {
            (_, true) if is_rotation => {
                let (_, rotated) = Rotated::ALL[rng.usize(0..Rotated::ALL.len())];
                Some(Event::Rotate(rotated))
            }
            (true, _) if !is_rotation => {
                let (whose, offsets) = CLOCKS[rng.usize(0..CLOCKS.len())];
                Some(Event::Clock(whose, offsets[rng.usize(0..offsets.len())]))
            }
            _ => None,
        }
    }

    /// What goes wrong with this call, if anything does: a fault, or (`None`) the client gives up.
    pub(crate) fn fault(&self, rng: &mut Rng, is_storm: bool) -> Option<Option<Fault>> {
        let calls = match is_storm {
            true => self.calls_per_fault_in_storm,
            false => self.calls_per_fault,
        };
        (one_in(rng, calls) && !self.faults.is_empty())
            .then(|| self.faults[rng.usize(0..self.faults.len())])
    }
}

/// True once in so many times; never for 0.
fn one_in(rng: &mut Rng, times: u32) -> bool {
    times > 0 && rng.u32(0..times) == 0
}
