//! Implements the export `password`: a user changes the password.

use auth_rules::password::Candidate;
use auth_rules::source;
use auth_rules::throttle::AttemptFacts;

use crate::Component;
use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::types::TokenError;
use crate::bindings::countersign::auth::{clock, password_hasher, policy_source};
use crate::bindings::exports::countersign::auth::password::{ChangeError, Guest};
use crate::flows::authentication::Bearer;
use crate::flows::factors::password;
use crate::flows::{accounts, authentication};
use crate::imports::{audit, hashing};

impl Guest for Component {
    fn change(
        token: String,
        current_password: String,
        new_password: String,
        source: String,
    ) -> Result<(), ChangeError> {
        let settings = policy_source::read_settings();
        let bearer = authentication::authenticate(&token, &settings).map_err(ChangeError::Token)?;
        let account = &bearer.account;
        let current = Candidate::parse(&current_password);
        let new = password::parse_replacement(&new_password, current.as_ref(), account, &settings)
            .map_err(ChangeError::WeakPassword)?;
        password_hasher::admit().map_err(|_| ChangeError::Busy)?;

        // Attempts count as at login, so that a thief of an access token cannot guess the password
        // without limit.
        let facts = AttemptFacts {
            email_key: &account.email_key,
            throttle_epoch: account.throttle_epoch,
            source: &source::group(&source),
            device: None,
        };
        let now = clock::now();
        let is_right = password::prove(current.as_ref(), Some(account), &facts, &settings, now)
            .map_err(|retry_after| ChangeError::Throttled(retry_after.0))?;
        if !is_right {
            return Err(ChangeError::WrongPassword);
        }
        let password_hash = hashing::hash(&new, settings.hashing);

        let changed = commit(&bearer, &password_hash)?;
        audit::note(EventKind::PasswordChanged, Some(&changed.id), None);
        Ok(())
    }
}

/// Stores the new password and ends every session except the bearer's, in one write.
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
            // All sessions have been ended since, the bearer's too. The change must not revive it.
            return Err(ChangeError::Token(TokenError::Revoked));
        }
    }
}
