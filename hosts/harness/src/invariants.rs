//! What holds of the service in every order of calls, at every failed call, and after a client gave
//! up at any of them.
//!
//! After each step a [`Watch`] compares what the flows answered with what they did to the stores. It
//! knows the order of the writes, so each answer is judged by the states that the records had while
//! its flow ran.

mod accounts;
mod credentials;
mod goals;
mod knowledge;
mod known;
mod probe;
mod progress;
mod reference;
mod rights;
mod round;
mod sessions;
mod throttle;
mod tokens;
mod view;

use std::hash::{DefaultHasher, Hash, Hasher};

use auth_runtime::Expectation;

pub use goals::Goals;
pub(crate) use round::{Acted, Round};

use crate::cases::subject::Subject;
use crate::journal::Entry;
use crate::policy::Policy;
use knowledge::Knowledge;
use probe::Probe;
use reference::Reference;
use view::View;

/// A promise of the service that always holds.
#[derive(Clone, Copy)]
pub struct Invariant {
    /// The name, in kebab-case.
    pub name: &'static str,
    sentence: &'static str,
    check: fn(&View<'_>) -> Result<(), String>,
}

impl Invariant {
    /// What holds, in one sentence without a final stop.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        self.sentence
    }
}

/// A row of the table below.
const fn invariant(
    name: &'static str,
    sentence: &'static str,
    check: fn(&View<'_>) -> Result<(), String>,
) -> Invariant {
    Invariant {
        name,
        sentence,
        check,
    }
}

/// All invariants that a simulation checks.
pub const INVARIANTS: [Invariant; 21] = [
    invariant(
        "credentials",
        "who is authenticated had a valid credential then",
        credentials::are_valid,
    ),
    invariant(
        "one-successor",
        "a refresh token has one successor",
        sessions::have_one_successor,
    ),
    invariant(
        "replay",
        "within the grace the client that refreshed gets the same successor again",
        sessions::answer_a_replay,
    ),
    invariant(
        "reuse",
        "a refresh token that is used again after the grace ends its session",
        sessions::end_with_a_reuse,
    ),
    invariant(
        "ended",
        "nothing lives after it was ended",
        sessions::stay_ended,
    ),
    invariant(
        "acknowledged",
        "what was acknowledged is stored",
        accounts::keep_what_was_acknowledged,
    ),
    invariant(
        "refused",
        "what was refused changes neither accounts nor sessions",
        accounts::are_unchanged_by_refusals,
    ),
    invariant(
        "owner",
        "the owner gets in on a known device",
        credentials::let_the_owner_in,
    ),
    invariant(
        "blocked",
        "a blocked attempt prolongs nothing",
        throttle::is_not_prolonged,
    ),
    invariant(
        "blocks",
        "a block lasts as long as the policy says",
        throttle::keeps_to_the_policy,
    ),
    invariant(
        "cleared",
        "a login clears the counters of its account and no others",
        throttle::is_cleared_by_its_owner,
    ),
    invariant(
        "one-account",
        "an address has one account",
        accounts::have_one_address_each,
    ),
    invariant(
        "lifetime",
        "a token verifies until it expires and no longer",
        tokens::live_as_long_as_they_say,
    ),
    invariant(
        "forgery",
        "a changed token does not verify",
        tokens::cannot_be_changed,
    ),
    invariant(
        "roles",
        "a token has the roles of its account",
        tokens::have_the_roles_of_the_account,
    ),
    invariant(
        "session-limits",
        "no session outlives its idle or absolute end, and no account has too many",
        sessions::keep_their_limits,
    ),
    invariant(
        "alike",
        "a wrong password and an unknown address cost the same",
        credentials::are_refused_alike,
    ),
    invariant(
        "set-up",
        "the set-up makes one administrator",
        accounts::are_set_up_once,
    ),
    invariant(
        "audit",
        "each change of an account is an event, and no event and no error has a secret",
        accounts::are_audited,
    ),
    invariant(
        "progress",
        "each flow ends, and after the longest block everybody gets in again",
        progress::everybody_gets_in_again,
    ),
    invariant(
        "rights",
        "nobody does more than the roles allow",
        rights::are_kept,
    ),
];

/// How an invariant was broken.
pub(crate) struct Violation {
    pub(crate) invariant: Invariant,
    /// What happened instead, in one sentence.
    pub(crate) what: String,
}

/// Watches a service from its first account on.
pub(crate) struct Watch {
    knowledge: Knowledge,
    reference: Reference,
    /// The one invariant that is checked; all when there is none.
    only: Option<&'static str>,
    /// What the run has reached.
    pub(crate) goals: Goals,
    /// Of everything that happened.
    fingerprint: DefaultHasher,
}

impl Watch {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self {
            knowledge: Knowledge::new(policy.compiled.settings().clone()),
            reference: Reference::of(policy.file.text()),
            only: None,
            goals: Goals::default(),
            fingerprint: DefaultHasher::new(),
        }
    }

    /// The same, which checks only the invariant of this name.
    pub(crate) fn only(mut self, name: Option<&'static str>) -> Self {
        self.only = name;
        self
    }

    /// An account was made before the story began.
    pub(crate) fn enter(&mut self, subject: &Subject, entries: Vec<Entry>) {
        self.knowledge.enter(subject, entries);
    }

    /// Checks what holds after a round, and learns from it. `verify` asks the component about a
    /// token.
    ///
    /// # Errors
    /// When an invariant is broken.
    pub(crate) fn observe(
        &mut self,
        round: Round<'_>,
        verify: impl Fn(&str, &Expectation) -> bool,
    ) -> Result<(), Violation> {
        let view = View {
            round: &round,
            known: &self.knowledge,
            reference: &self.reference,
            probes: Probe::all(&self.knowledge, &round, verify),
        };
        let checked = INVARIANTS
            .iter()
            .filter(|it| self.only.is_none_or(|name| name == it.name));
        for invariant in checked {
            (invariant.check)(&view).map_err(|what| Violation {
                invariant: *invariant,
                what,
            })?;
        }
        self.goals.round(&view);
        self.note(&round);
        self.knowledge.learn(round);
        Ok(())
    }

    /// A number that differs for runs that differ.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint.finish()
    }

    fn note(&mut self, round: &Round<'_>) {
        (round.began, round.ended, round.entries.len()).hash(&mut self.fingerprint);
        for acted in &round.acts {
            let tokens = acted
                .tokens()
                .map(|it| (&it.access_token, &it.refresh_token));
            (acted.outcome(), acted.hashes, tokens).hash(&mut self.fingerprint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invariant_has_a_name_of_its_own() {
        let mut names: Vec<_> = INVARIANTS.iter().map(|it| it.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), INVARIANTS.len());
    }
}
