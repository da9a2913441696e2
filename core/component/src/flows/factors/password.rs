//! The password as a factor: checks the stored one, and reads the one that is to replace it.

use auth_rules::attempt::AttemptFacts;
use auth_rules::hash_policy;
use auth_rules::password::{Candidate, NewPassword};

use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::Settings;
use crate::bindings::countersign::auth::types::PasswordViolation;
use crate::bindings::countersign::auth::{clock, password_hasher};
use crate::flows::attempts::{self, KnownSource, RetryAfter};
use crate::imports::{audit, convert, hashing};

/// A password that was proved.
pub(crate) struct Proved<'a> {
    /// The spelling of the offered password that matched.
    pub(crate) spelling: &'a str,
    /// The record by which the source of the attempt is known to the account.
    pub(crate) known_source: KnownSource,
}

/// Whether `offered` is the password of the account, under the throttle.
///
/// Costs one hash for each spelling of what is offered, unless a block refuses the attempt. For an
/// unknown account, and for a stored hash that the host cannot read, a decoy with the scheme and
/// cost of the policy is hashed, and failures count as for any other account.
pub(crate) fn prove<'a>(
    offered: Option<&'a Candidate>,
    account: Option<&Account>,
    facts: AttemptFacts<'_>,
    settings: &Settings,
    now: u64,
) -> Result<Option<Proved<'a>>, RetryAfter> {
    let id = account.map(|account| account.id.as_str());
    let throttle = convert::throttle_to_rule(&settings.throttle);
    let attempt = attempts::begin(facts, id, throttle, now)?;
    let stored = stored_or_decoy(account, settings);
    let spelling = hashing::verify(offered, &stored, settings).filter(|_| account.is_some());
    let known_source = attempt.conclude(spelling.is_some(), clock::now())?;
    Ok(spelling.map(|spelling| Proved {
        spelling,
        known_source,
    }))
}

fn stored_or_decoy(account: Option<&Account>, settings: &Settings) -> String {
    let decoy = hash_policy::decoy(&convert::hash_scheme_to_rule(settings.hashing));
    let stored = account.map_or(&decoy, |account| &account.password_hash);
    if password_hasher::can_read(stored) {
        return stored.clone();
    }
    audit::note(
        EventKind::HashUnreadable,
        account.map(|account| account.id.as_str()),
        None,
    );
    decoy
}

/// Reads the password that is to replace `current`.
pub(crate) fn parse_replacement(
    new: &str,
    current: Option<&Candidate>,
    account: &Account,
    settings: &Settings,
) -> Result<NewPassword, Vec<PasswordViolation>> {
    let rule = convert::password_to_rule(&settings.password);
    let new =
        NewPassword::parse(new, &rule, &account.email_key).map_err(convert::password_violations)?;
    match current {
        Some(current) if current.as_str() == new.as_str() => {
            Err(vec![PasswordViolation::Unchanged])
        }
        _ => Ok(new),
    }
}
