//! What a simulation must reach: one that does not shows nothing.

use auth_memory::Change;
use auth_runtime::Session;

use super::view::View;
use crate::event::Event;
use crate::run::call::Call;
use crate::turn::{Fault, Turn};

/// What can be reached, each with how often it was.
#[derive(Clone, Default)]
pub struct Goals([u64; NAMES.len()]);

const NAMES: [&str; 23] = [
    "a write that lost a race",
    "a call that failed",
    "an answer that was lost",
    "a write that came late",
    "a client that gave up",
    "a flow during which time passed",
    "a flow without an answer",
    "a login",
    "a wrong password",
    "a block",
    "a rotation",
    "a replayed refresh",
    "a reused refresh token",
    "a session that was ended by another login",
    "an account that was disabled",
    "a password that was changed",
    "a clock that was set during a flow",
    "a session whose time went backwards",
    "a session that a store kept after its end",
    "a session that a store dropped before its end",
    "a key or a secret that was rotated during a flow",
    "a token of an earlier key that verified",
    "a refresh with a code of an earlier secret",
];

impl Goals {
    /// Each goal, with how often it was reached.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        NAMES.into_iter().zip(self.0)
    }

    /// Adds those of another run.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    pub(crate) fn turn(&mut self, turn: Turn) {
        let reached = match turn {
            Turn::Go(_, None) | Turn::Arrive => return,
            Turn::Go(_, Some(Fault::Before)) => 1,
            Turn::Go(_, Some(Fault::After)) => 2,
            Turn::Go(_, Some(Fault::Late)) => 3,
            Turn::HangUp(_) => 4,
            Turn::Pass(_) => 5,
            Turn::Event(Event::Clock(..)) => 16,
            Turn::Event(Event::Rotate(_)) => 20,
        };
        self.0[reached] += 1;
    }

    pub(crate) fn round(&mut self, view: &View<'_>) {
        let round = view.round;
        self.0[0] += u64::from(round.conflicts);
        self.0[18] += u64::from(round.expired);
        let earlier = view.probes.iter().filter(|it| it.is_of_earlier_key);
        self.0[21] += earlier.filter(|it| it.is_verified).count() as u64;
        let is_set_back = |(_, before, after): (usize, Option<&Session>, Option<&Session>)| {
            let (before, after) = (before?, after?);
            Some(after.rotated_at < before.rotated_at)
        };
        let set_back = round.sessions().filter_map(is_set_back);
        self.0[17] += set_back.map(u64::from).sum::<u64>();
        self.refreshes(view);
        for acted in &round.acts {
            let reached = match (acted.act.verb.name(), acted.outcome()) {
                (_, "") => 6,
                ("login", "ok") => {
                    let ended = round.entries.iter().any(|entry| {
                        entry.lane == acted.lane
                            && matches!(entry.change, Change::Session { after: None, .. })
                    });
                    self.0[13] += u64::from(ended);
                    7
                }
                ("login", "invalid-credentials") => 8,
                (_, "throttled") => 9,
                ("refresh", "ok") => {
                    let rotated = round.sessions().any(|(lane, ..)| lane == acted.lane);
                    if rotated { 10 } else { 11 }
                }
                ("refresh", "reused") => 12,
                ("disable", "ok") => 14,
                ("change-password", "ok") => 15,
                _ => continue,
            };
            self.0[reached] += 1;
        }
    }

    /// Counts what befell the sessions that were to be refreshed.
    fn refreshes(&mut self, view: &View<'_>) {
        for acted in &view.round.acts {
            let Call::Refresh(request) = acted.call else {
                continue;
            };
            let presented = view.known.refresh_tokens.get(&request.refresh_token);
            let Some(known) = presented else { continue };
            if acted.is_ok() && known.secrets < view.round.secrets {
                self.0[22] += 1;
            }
            let is_alive = || {
                let session = view
                    .known
                    .session_alive_at(&known.session, view.round.ended);
                session.is_some() && !view.states_of_session(&known.session).contains(&None)
            };
            if acted.outcome() == "invalid" && is_alive() {
                self.0[19] += 1;
            }
        }
    }
}
