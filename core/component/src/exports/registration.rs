//! Implements the export `registration`.

use auth_rules::email::Email;
use auth_rules::password::NewPassword;

use crate::Component;
use crate::bindings::countersign::auth::account_store::{self, InsertError};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::{
    self, RegistrationAnswer, RegistrationMode,
};
use crate::bindings::countersign::auth::types::AccountOrigin;
use crate::bindings::countersign::auth::{clock, password_hasher};
use crate::bindings::exports::countersign::auth::registration::{Guest, Outcome, RegisterError};
use crate::flows::accounts::{self, NewAccount};
use crate::imports::{audit, convert, entropy, hashing};

impl Guest for Component {
    fn register(email: String, password: String) -> Result<Outcome, RegisterError> {
        let settings = policy_source::read_settings();
        if settings.registration.mode == RegistrationMode::Closed {
            return Err(RegisterError::Closed);
        }
        let email = Email::parse(&email).map_err(|violation| {
            RegisterError::InvalidEmail(convert::email_violation(violation))
        })?;
        let rule = convert::password_to_rule(&settings.password);
        let password = NewPassword::parse(&password, &rule, email.key()).map_err(|violations| {
            RegisterError::WeakPassword(convert::password_violations(violations))
        })?;
        password_hasher::admit().map_err(|_| RegisterError::Busy)?;

        let now = clock::now();
        // The password is hashed before the address is looked up, so that a taken address costs as
        // much as a new one.
        let password_hash = hashing::hash(&password, settings.hashing);
        let account = account_store::Account::from(NewAccount {
            id: entropy::fresh_id(now),
            email: &email,
            password_hash,
            initial_until: None,
            roles: settings.registration.roles,
            origin: AccountOrigin::Registered,
            now,
        });

        let inserted = accounts::insert(&account, &email);
        if inserted.is_ok() {
            audit::note(EventKind::AccountCreated, Some(&account.id), None);
        }
        match (settings.registration.answer, inserted) {
            (RegistrationAnswer::Accept, _) => Ok(Outcome::Accepted),
            (RegistrationAnswer::Disclose, Ok(())) => {
                Ok(Outcome::Created(accounts::view(&account)))
            }
            (RegistrationAnswer::Disclose, Err(InsertError::EmailTaken)) => {
                Err(RegisterError::EmailTaken)
            }
        }
    }
}
