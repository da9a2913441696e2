//! One step of a story, as those see it who watch.

use auth_memory::Change;
use auth_runtime::{Account, AuditEvent, Session, Tokens};

use crate::cases::step::Act;
use crate::clocks::Slack;
use crate::journal::Entry;
use crate::names;
use crate::run::answer::Answer;
use crate::run::call::Call;

/// What several flows did at the same time.
pub(crate) struct Round<'a> {
    pub(crate) acts: Vec<Acted<'a>>,
    /// The changes of the stores, in their order.
    pub(crate) entries: Vec<Entry>,
    /// When the first flow began, in milliseconds since the Unix epoch.
    pub(crate) began: u64,
    /// When the last flow had ended.
    pub(crate) ended: u64,
    /// Whether no call failed and no client gave up.
    pub(crate) is_calm: bool,
    /// How many writes lost a race.
    pub(crate) conflicts: u32,
    /// How many records were read that had expired.
    pub(crate) expired: u32,
    /// How far clocks have differed so far.
    pub(crate) slack: Slack,
    /// How often the secret behind refresh tokens has been rotated so far.
    pub(crate) secrets: usize,
}

/// One flow of a round: its call, and what came of it.
pub(crate) struct Acted<'a> {
    pub(crate) act: &'a Act,
    pub(crate) call: &'a Call,
    pub(crate) lane: usize,
    /// What the client was answered, if anything.
    pub(crate) answer: Option<&'a Answer>,
    /// Why the flow failed, as a host's log would say it.
    pub(crate) error: Option<String>,
    /// How many hashes it computed.
    pub(crate) hashes: u32,
    pub(crate) events: Vec<AuditEvent>,
}

impl Acted<'_> {
    /// The name of the outcome; empty when there was no answer.
    pub(crate) fn outcome(&self) -> &'static str {
        self.answer.map_or("", |answer| answer.outcome)
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.outcome() == names::OK
    }

    /// Whether the client was refused.
    pub(crate) fn is_refused(&self) -> bool {
        self.answer.is_some() && !self.is_ok()
    }

    /// The tokens of the answer.
    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        self.answer?.tokens.as_ref()
    }
}

impl Round<'_> {
    /// The flow, if there was one alone and nothing disturbed it.
    pub(crate) fn alone(&self) -> Option<&Acted<'_>> {
        match self.acts.as_slice() {
            [acted] if self.is_calm => Some(acted),
            _ => None,
        }
    }

    /// The changes of accounts, with the lane: before and since.
    pub(crate) fn accounts(
        &self,
    ) -> impl Iterator<Item = (usize, Option<&Account>, Option<&Account>)> {
        self.entries.iter().filter_map(|entry| match &entry.change {
            Change::Account { before, after } => {
                Some((entry.lane, before.as_ref(), after.as_ref()))
            }
            _ => None,
        })
    }

    /// The changes of sessions, with the lane: before and since.
    pub(crate) fn sessions(
        &self,
    ) -> impl Iterator<Item = (usize, Option<&Session>, Option<&Session>)> {
        self.entries.iter().filter_map(|entry| match &entry.change {
            Change::Session { before, after } => {
                Some((entry.lane, before.as_ref(), after.as_ref()))
            }
            _ => None,
        })
    }
}
