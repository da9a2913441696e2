//! Implements the export `password`: a user changes the password.

use auth_rules::attempt::{self, AttemptFacts};
use auth_rules::password::Candidate;
use auth_rules::source;

use crate::Component;
use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::password_hasher::Claimant;
use crate::bindings::countersign::auth::types::TokenError;
use crate::bindings::countersign::auth::{clock, policy_source};
use crate::bindings::exports::countersign::auth::password::{ChangeError, Guest};
use crate::flows::attempts::KnownSource;
use crate::flows::authentication::Bearer;
use crate::flows::factors::password;
use crate::flows::{accounts, authentication, tokens};
use crate::imports::{audit, hashing};

impl Guest for Component {
    fn change(
        token: String,
        current_password: String,
        new_password: String,
        source: String,
        device_token: Option<String>,
    ) -> Result<Option<String>, ChangeError> {
        let settings = policy_source::read_settings();
        let bearer = authentication::authenticate(&token, &settings).map_err(ChangeError::Token)?;
        let account = &bearer.account;
        let current = Candidate::parse(&current_password);
        let new = password::parse_replacement(&new_password, current.as_ref(), account, &settings)
            .map_err(ChangeError::WeakPassword)?;
        let source = source::group(&source);
        hashing::admit(Claimant::Session, &source).map_err(|_| ChangeError::Busy)?;

        let now = clock::now();
        let target = accounts::target(account);
        let device = device_token.and_then(|token| tokens::known_device(&target, &token, now));
        // Attempts count as at login, so that a thief of an access token cannot guess the password
        // without limit; in a session of some age they count as those of a known device, so that
        // strangers cannot keep its user from the change.
        let is_settled = attempt::is_settled(bearer.session_created_at, now);
        let facts = AttemptFacts {
            target: &target,
            source: &source,
            device: is_settled.then_some(&bearer.session_id),
        };
        let proved = password::prove(current.as_ref(), Some(account), facts, &settings, now)
            .map_err(|retry_after| ChangeError::Throttled(retry_after.0))?;
        if proved.is_none() {
            return Err(ChangeError::WrongPassword);
        }
        let password_hash = hashing::hash(&new, settings.hashing);

        let changed = commit(&bearer, &password_hash)?;
        audit::note(EventKind::PasswordChanged, Some(&changed.id), None);
        // The change began a session epoch, which knows neither devices nor sources. What proved
        // the password stays known.
        KnownSource::NONE.remember(&accounts::target(&changed), &source, now);
        Ok(device
            .map(|device| tokens::device_token(&changed, Some(device.bytes()), &settings, now)))
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
