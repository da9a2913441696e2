//! Implements the export `setup`: creates the first administrator.

use auth_rules::email::Email;
use auth_rules::password::NewPassword;

use crate::Component;
use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::types::{AccountOrigin, AccountView};
use crate::bindings::countersign::auth::{clock, policy_source};
use crate::bindings::exports::countersign::auth::setup::{CompleteError, Guest};
use crate::flows::accounts::{self, NewAccount};
use crate::flows::setup;
use crate::imports::{audit, convert, entropy, hashing};

impl Guest for Component {
    fn begin() -> Option<String> {
        setup::begin(&policy_source::read_settings().administrator, clock::now())
    }

    fn complete(
        token: String,
        email: String,
        password: String,
    ) -> Result<AccountView, CompleteError> {
        let settings = policy_source::read_settings();
        let email = Email::parse(&email).map_err(|violation| {
            CompleteError::InvalidEmail(convert::email_violation(violation))
        })?;
        let rule = convert::password_to_rule(&settings.password);
        let password = NewPassword::parse(&password, &rule, email.key()).map_err(|violations| {
            CompleteError::WeakPassword(convert::password_violations(violations))
        })?;
        let now = clock::now();
        let code = setup::find_presented(&token, now).ok_or_else(|| {
            audit::note(EventKind::SetupRefused, None, None);
            CompleteError::InvalidToken
        })?;
        hashing::admit_administrator().map_err(|_| CompleteError::Busy)?;
        let account = Account::from(NewAccount {
            id: entropy::fresh_id(now),
            email: &email,
            password_hash: hashing::hash(&password, settings.hashing),
            initial_until: None,
            roles: vec![settings.administrator],
            origin: AccountOrigin::Operator,
            now,
        });

        let claim = setup::claim(Some(code), &account.id).ok_or(CompleteError::InvalidToken)?;
        if accounts::insert(&account, &email).is_err() {
            // The token was right, but the address was taken, so the token stays usable.
            claim.undo();
            return Err(CompleteError::EmailTaken);
        }
        if !claim.spend() {
            // An administrator must not exist while the set-up is open. No other flow has written
            // the account since it was made, except perhaps to remove it, and then nothing is left
            // to remove.
            let _ = account_store::remove(&account.id, account.version);
            return Err(CompleteError::InvalidToken);
        }
        audit::note(EventKind::SetupCompleted, Some(&account.id), None);
        Ok(accounts::view(&account))
    }
}
