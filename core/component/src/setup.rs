//! Export `setup`.

use auth_rules::email::Email;
use auth_rules::one_time_code;
use auth_rules::password::NewPassword;

use crate::accounts::{self, NewAccount};
use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::code_store::{self, Code, CodeState};
use crate::bindings::countersign::auth::types::{AccountView, ReplaceError};
use crate::bindings::countersign::auth::{clock, password_hasher, policy_source};
use crate::bindings::exports::countersign::auth::setup::{CompleteError, Guest};
use crate::{Component, audit, convert, entropy, hashing};

/// The only one-time code so far.
const SETUP: &str = "setup";

impl Guest for Component {
    fn begin() -> Option<String> {
        loop {
            let stored = code_store::find(SETUP);
            let claimed_account_exists = match stored.as_ref().map(|code| &code.state) {
                Some(CodeState::Claimed(id)) => account_store::find(id).is_some(),
                _ => false,
            };
            let text = one_time_code::encode(&entropy::random());
            let before = stored.as_ref().map(convert::code_to_rule);
            let code = one_time_code::begin(before.as_ref(), claimed_account_exists, &text)?;
            if put(convert::code_to_wit(code), stored.as_ref()).is_ok() {
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
        let email = Email::parse(&email)
            .map_err(|fault| CompleteError::InvalidEmail(convert::email_fault(fault)))?;
        let rule = convert::password_to_rule(&settings.password);
        let password = NewPassword::parse(&password, &rule, email.local_part())
            .map_err(|faults| CompleteError::WeakPassword(convert::password_faults(faults)))?;
        let now = clock::now();
        let id = entropy::fresh_id(now);

        let open = code_store::find(SETUP).ok_or(CompleteError::InvalidToken)?;
        let claimed = one_time_code::claim(&convert::code_to_rule(&open), &token, &id)
            .map(convert::code_to_wit)
            .ok_or(CompleteError::InvalidToken)?;
        password_hasher::admit().map_err(|_| CompleteError::Busy)?;
        let account = Account::from(NewAccount {
            id,
            email: &email,
            password_hash: hashing::hash(&password, settings.hashing),
            initial_until: None,
            roles: vec![settings.administrator],
            now,
        });

        put(claimed.clone(), Some(&open)).map_err(|_| CompleteError::InvalidToken)?;
        if account_store::insert(&account).is_err() {
            reopen(&open, &claimed);
            return Err(CompleteError::EmailTaken);
        }
        if !spend(&claimed) {
            // Nobody wrote the account since; if somebody removed it, so be it.
            let _ = account_store::remove(&account.id, account.version);
            return Err(CompleteError::InvalidToken);
        }
        audit::note(EventKind::SetupCompleted, Some(&account.id), None);
        Ok(accounts::view(&account))
    }
}

/// Gives the token back: it was right, only the address was not free. Losing against `begin` is well,
/// which has made another token by then.
fn reopen(open: &Code, claimed: &Code) {
    let reopened =
        Code { version: accounts::next(claimed.version), ..open.clone() };
    let _ = put(reopened, Some(claimed));
}

/// Closes the set-up for good. False when `begin` opened it again before the account was there: then
/// the account must go, or there would be an administrator and an open set-up.
fn spend(claimed: &Code) -> bool {
    let spent = one_time_code::spend(&convert::code_to_rule(claimed));
    put(convert::code_to_wit(spent), Some(claimed)).is_ok()
        || code_store::find(SETUP).is_some_and(|code| code.digest == claimed.digest)
}

fn put(code: Code, replaces: Option<&Code>) -> Result<(), ReplaceError> {
    code_store::put(SETUP, &code, replaces.map(|code| code.version))
}
