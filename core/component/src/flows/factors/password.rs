//! The password as a factor: checks the stored one, and reads the one that is to replace it.

use auth_rules::attempt::AttemptFacts;
use auth_rules::hash_policy;
use auth_rules::password::{Candidate, NewPassword};

use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::clock;
use crate::bindings::countersign::auth::policy_source::Settings;
use crate::bindings::countersign::auth::types::PasswordViolation;
use crate::flows::attempts::{self, KnownSource, RetryAfter};
use crate::imports::{convert, hashing};

/// Whether `offered` is the password of the account, under the throttle. If it is, returns the
/// record by which the source is known to the account.
///
/// Costs one hash, unless a block refuses the attempt. For an unknown account, a decoy with the
/// scheme and cost of the policy is hashed, and failures count as for a known account.
pub(crate) fn prove(
    offered: Option<&Candidate>,
    account: Option<&Account>,
    facts: AttemptFacts<'_>,
    settings: &Settings,
    now: u64,
) -> Result<Option<KnownSource>, RetryAfter> {
    let id = account.map(|account| account.id.as_str());
    let throttle = convert::throttle_to_rule(&settings.throttle);
    let attempt = attempts::begin(facts, id, throttle, now)?;
    let is_right = match account {
        Some(account) => hashing::verify(offered, &account.password_hash),
        None => {
            let decoy = hash_policy::decoy(&convert::hash_scheme_to_rule(settings.hashing));
            hashing::verify(offered, &decoy);
            false
        }
    };
    let known_source = attempt.conclude(is_right, clock::now())?;
    Ok(is_right.then_some(known_source))
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
