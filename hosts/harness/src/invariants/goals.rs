//! What a simulation must reach: one that does not shows nothing.

use auth_memory::Change;

use super::round::Round;
use crate::turn::{Fault, Turn};

/// What can be reached, each with how often it was.
#[derive(Clone, Default)]
pub struct Goals([u64; NAMES.len()]);

const NAMES: [&str; 16] = [
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
        };
        self.0[reached] += 1;
    }

    pub(crate) fn round(&mut self, round: &Round<'_>) {
        self.0[0] += u64::from(round.conflicts);
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
}
