//! What an invariant is judged by: what was known before a round, and the round.

use auth_memory::QuickHasher;
use auth_runtime::{Account, PolicySettings, Session};

use super::knowledge::Knowledge;
use super::probe::Probe;
use super::reference::Reference;
use super::round::Round;

/// What was known before a round, and the round.
pub(crate) struct View<'a> {
    pub(crate) round: &'a Round<'a>,
    pub(crate) known: &'a Knowledge,
    pub(crate) reference: &'a Reference,
    /// What the component says of some tokens after the round.
    pub(crate) probes: Vec<Probe>,
}

impl<'a> View<'a> {
    pub(crate) fn settings(&self) -> &'a PolicySettings {
        &self.known.settings
    }

    /// The states that an account had during the round; `None` where there was none.
    pub(crate) fn states_of_account(&self, id: &str) -> Vec<Option<&'a Account>> {
        let before = self.known.accounts.get(id);
        let changes = self.round.accounts().filter(|(_, before, after)| {
            let changed = before.or(*after);
            changed.is_some_and(|account| account.id == id)
        });
        let since = changes.map(|(_, _, after)| after);
        [before].into_iter().chain(since).collect()
    }

    /// The states of all accounts of this address during the round.
    pub(crate) fn states_of_address(&self, email: &str) -> Vec<&'a Account> {
        let before = self.known.accounts.values();
        let since = self.round.accounts().filter_map(|(_, _, after)| after);
        let all = before.chain(since);
        all.filter(|account| account.email == email).collect()
    }

    /// The states that a session had during the round; `None` where there was none.
    pub(crate) fn states_of_session(&self, id: &str) -> Vec<Option<&'a Session>> {
        let before = self.known.sessions.get(id);
        let changes = self.round.sessions().filter(|(_, before, after)| {
            let changed = before.or(*after);
            changed.is_some_and(|session| session.id == id)
        });
        let since = changes.map(|(_, _, after)| after);
        [before].into_iter().chain(since).collect()
    }

    /// The session, if it was alive all through the round as far as the policy goes, by every clock.
    pub(crate) fn live_session(&self, id: &str) -> Option<&'a Session> {
        let now = self.round.ended + self.round.slack.records;
        self.known.session_alive_at(id, now)
    }
}

/// Whether this is the password of the account.
pub(crate) fn is_password_of(account: &Account, password: &str) -> bool {
    QuickHasher::is_right(&account.password_hash, password)
}
