//! The verbs of stories: what each takes, and what it can answer.

use crate::names;

/// What a subject does, after the exports of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Authorize,
    BeginSetup,
    ChangePassword,
    CompleteSetup,
    Create,
    Delete,
    Disable,
    Enable,
    EndSessions,
    Grant,
    Login,
    Logout,
    Refresh,
    Register,
    RevokeSession,
    Sessions,
    Take,
    Unlock,
    WhoAmI,
}

/// A row of the table of verbs: the name, and the lists of outcomes besides `ok`.
type Row = (&'static str, Verb, &'static [&'static [&'static str]]);

const VERBS: [Row; 19] = [
    ("authorize", Verb::Authorize, &[names::TOKEN, &["denied"]]),
    ("begin-setup", Verb::BeginSetup, &[&["closed"]]),
    (
        "change-password",
        Verb::ChangePassword,
        &[names::TOKEN, names::CHANGE],
    ),
    ("complete-setup", Verb::CompleteSetup, &[names::SETUP]),
    ("create", Verb::Create, ADMINISTRATION),
    ("delete", Verb::Delete, ADMINISTRATION),
    ("disable", Verb::Disable, ADMINISTRATION),
    ("enable", Verb::Enable, ADMINISTRATION),
    ("end-sessions", Verb::EndSessions, ADMINISTRATION),
    ("grant", Verb::Grant, ADMINISTRATION),
    ("login", Verb::Login, &[names::LOGIN]),
    ("logout", Verb::Logout, &[names::TOKEN]),
    ("refresh", Verb::Refresh, &[names::REFRESH]),
    ("register", Verb::Register, &[names::REGISTRATION]),
    (
        "revoke-session",
        Verb::RevokeSession,
        &[names::TOKEN, names::REVOCATION],
    ),
    ("sessions", Verb::Sessions, &[names::TOKEN]),
    ("take", Verb::Take, ADMINISTRATION),
    ("unlock", Verb::Unlock, ADMINISTRATION),
    ("who-am-i", Verb::WhoAmI, &[names::TOKEN]),
];

const ADMINISTRATION: &[&[&str]] = &[names::TOKEN, names::ADMINISTRATION];

impl Verb {
    /// The verb of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let row = VERBS.iter().find(|(it, ..)| *it == name);
        row.map(|(_, verb, _)| *verb)
    }

    /// The names of all verbs.
    pub(crate) fn names() -> Vec<&'static str> {
        VERBS.iter().map(|(name, ..)| *name).collect()
    }

    /// The name in case files.
    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    /// The names of all outcomes that the verb can have.
    pub(crate) fn outcomes(self) -> impl Iterator<Item = &'static str> {
        let refusals = self.row().2.iter().copied().flatten().copied();
        [names::OK].into_iter().chain(refusals)
    }

    fn row(self) -> Row {
        // The cases stand in the order of the table; a test compares them.
        VERBS[self as usize]
    }

    /// Whether an account is the object, so that `on` names it and `by` the actor.
    pub(crate) fn administers(self) -> bool {
        use Verb::{Create, Delete, Disable, Enable, EndSessions, Grant, Take, Unlock};
        matches!(
            self,
            Create | Delete | Disable | Enable | EndSessions | Grant | Take | Unlock
        )
    }

    pub(crate) fn offers_password(self) -> bool {
        matches!(self, Self::Login | Self::ChangePassword)
    }

    pub(crate) fn has_client(self) -> bool {
        use Verb::{ChangePassword, Login, Refresh, Register};
        matches!(self, ChangePassword | Login | Refresh | Register)
    }

    /// Whether the verb presents what an earlier step saved: tokens, or the code of the set-up.
    pub(crate) fn presents_tokens(self) -> bool {
        !self.administers() && !matches!(self, Self::Login | Self::Register | Self::BeginSetup)
    }

    /// Whether the answer has something to save.
    pub(crate) fn gives_tokens(self) -> bool {
        matches!(self, Self::Login | Self::Refresh | Self::BeginSetup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_has_the_row_of_its_own() {
        for (name, verb, _) in VERBS {
            assert_eq!(verb.name(), name);
        }
        assert!(VERBS.is_sorted_by_key(|(name, ..)| *name));
    }
}
