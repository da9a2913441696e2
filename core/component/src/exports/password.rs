//! Export `password`.

use auth_rules::password::{Candidate, NewPassword};
use auth_rules::source;
use auth_rules::throttle::Subject;

use crate::Component;
use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::types::{PasswordViolation, TokenError};
use crate::bindings::countersign::auth::{clock, password_hasher};
use crate::bindings::exports::countersign::auth::password::{ChangeError, Guest};
use crate::flows::authentication::Bearer;
use crate::flows::{accounts, attempts, authentication};
use crate::imports::{audit, convert, hashing};

impl Guest for Component {
    fn change(
        token: String,
        current_password: String,
        new_password: String,
        source: String,
    ) -> Result<(), ChangeError> {
        let bearer = authentication::authenticate(&token).map_err(ChangeError::Token)?;
        let settings = policy_source::read_settings();
        let new = parse_replacement(&new_password, &current_password, &bearer.account, &settings)
            .map_err(ChangeError::WeakPassword)?;
        password_hasher::admit().map_err(|_| ChangeError::Busy)?;

        prove(&current_password, &bearer.account, &source, &settings)?;
        let password_hash = hashing::hash(&new, settings.hashing);

        let changed = commit(&bearer, &password_hash)?;
        audit::note(EventKind::PasswordChanged, Some(&changed.id), None);
        Ok(())
    }
}

/// Reads the password that is to replace `current`.
pub(crate) fn parse_replacement(
    new: &str,
    current: &str,
    account: &Account,
    settings: &Settings,
) -> Result<NewPassword, Vec<PasswordViolation>> {
    let rule = convert::password_to_rule(&settings.password);
    let new =
        NewPassword::parse(new, &rule, &account.email_key).map_err(convert::password_violations)?;
    match Candidate::parse(current) {
        Some(current) if current.as_str() == new.as_str() => {
            Err(vec![PasswordViolation::Unchanged])
        }
        _ => Ok(new),
    }
}

/// A stolen access token must not make the password guessable: tries count as at login.
fn prove(
    current: &str,
    account: &Account,
    source: &str,
    settings: &Settings,
) -> Result<(), ChangeError> {
    let throttle = convert::throttle_to_rule(&settings.throttle);
    let subject = Subject {
        email_key: &account.email_key,
        throttle_epoch: account.throttle_epoch,
        source: &source::group(source),
        device: None,
    };
    let throttled = |retry_after: attempts::RetryAfter| ChangeError::Throttled(retry_after.0);
    let attempt =
        attempts::begin(&subject, Some(&account.id), throttle, clock::now()).map_err(throttled)?;
    let is_right = hashing::verify(Candidate::parse(current).as_ref(), &account.password_hash);
    attempt
        .conclude(is_right, clock::now())
        .map_err(throttled)?;
    if is_right {
        Ok(())
    } else {
        Err(ChangeError::WrongPassword)
    }
}

/// One write: the new password, and the end of every session but the bearer's.
fn commit(bearer: &Bearer, password_hash: &str) -> Result<Account, ChangeError> {
    let proved = &bearer.account;
    let mut account = proved.clone();
    loop {
        let changed = Account {
            password_hash: password_hash.to_owned(),
            ..accounts::without_sessions(account.clone(), Some(&bearer.session_id))
        };
        if let Ok(changed) = accounts::replace(&account, changed, clock::now()) {
            return Ok(changed);
        }
        account = accounts::find_unchanged(proved).ok_or(ChangeError::WrongPassword)?;
        if account.session_epoch != proved.session_epoch {
            // Its session was ended with all others meanwhile: it must not come back with the change.
            return Err(ChangeError::Token(TokenError::Revoked));
        }
    }
}
