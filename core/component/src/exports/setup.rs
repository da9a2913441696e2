//! Export `setup`.

use auth_rules::email::Email;
use auth_rules::one_time_code;
use auth_rules::password::NewPassword;

use crate::Component;
use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::code_store::CodeState;
use crate::bindings::countersign::auth::types::AccountView;
use crate::bindings::countersign::auth::{clock, password_hasher, policy_source};
use crate::bindings::exports::countersign::auth::setup::{CompleteError, Guest};
use crate::flows::accounts::{self, NewAccount};
use crate::flows::setup_code::{self, Claim};
use crate::imports::{audit, convert, entropy, hashing};

impl Guest for Component {
    fn begin() -> Option<String> {
        loop {
            let stored = setup_code::find();
            let is_done = stored.as_ref().is_some_and(|code| is_done(&code.state));
            let text = one_time_code::encode(&entropy::random());
            let before = stored.as_ref().map(convert::code_to_rule);
            let Some(code) = one_time_code::begin(before.as_ref(), is_done, &text) else {
                if let Some(claimed) = stored.filter(|_| is_done) {
                    // Its flow ended just before this. Later the account may be gone.
                    Claim::left_behind(claimed).spend();
                }
                return None;
            };
            if setup_code::put(&convert::code_to_wit(code), stored.as_ref()).is_ok() {
                return Some(text);
            }
        }
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
        let id = entropy::fresh_id(now);

        let claim = Claim::of(&token, &id).ok_or(CompleteError::InvalidToken)?;
        password_hasher::admit().map_err(|_| CompleteError::Busy)?;
        let account = Account::from(NewAccount {
            id,
            email: &email,
            password_hash: hashing::hash(&password, settings.hashing),
            initial_until: None,
            roles: vec![settings.administrator],
            now,
        });

        claim.write().map_err(|_| CompleteError::InvalidToken)?;
        if account_store::insert(&account).is_err() {
            // The token was right, only the address was not free.
            claim.reopen();
            return Err(CompleteError::EmailTaken);
        }
        if !claim.spend() {
            // There must not be an administrator and an open set-up. Nobody wrote the account since;
            // if somebody removed it, so be it.
            let _ = account_store::remove(&account.id, account.version);
            return Err(CompleteError::InvalidToken);
        }
        audit::note(EventKind::SetupCompleted, Some(&account.id), None);
        Ok(accounts::view(&account))
    }
}

/// Whether the account that the code was claimed for is an administrator.
fn is_done(state: &CodeState) -> bool {
    let CodeState::Claimed(id) = state else {
        return false;
    };
    let administrator = policy_source::read_settings().administrator;
    account_store::find(id).is_some_and(|account| account.roles.contains(&administrator))
}
