//! Implements the export `registration`.

use auth_rules::email::Email;
use auth_rules::password::NewPassword;
use auth_rules::source;

use crate::Component;
use crate::bindings::countersign::auth::account_store::{self, InsertError};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::clock;
use crate::bindings::countersign::auth::password_hasher::Claimant;
use crate::bindings::countersign::auth::policy_source::{
    self, RegistrationAnswer, RegistrationMode,
};
use crate::bindings::countersign::auth::types::AccountOrigin;
use crate::bindings::exports::countersign::auth::registration::{Guest, Outcome, RegisterError};
use crate::flows::accounts::{self, NewAccount};
use crate::flows::attempts;
use crate::imports::{audit, convert, entropy, hashing};

impl Guest for Component {
    fn register(email: String, password: String, source: String) -> Result<Outcome, RegisterError> {
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
        let now = clock::now();
        let source = source::group(&source);
        let throttle = convert::throttle_to_rule(&settings.throttle);
        let attempt = attempts::begin_registration(&source, &throttle, now)
            .map_err(|retry_after| RegisterError::Throttled(retry_after.0))?;
        hashing::admit(Claimant::Newcomer, &source).map_err(|_| RegisterError::Busy)?;
        attempt
            .count(now)
            .map_err(|retry_after| RegisterError::Throttled(retry_after.0))?;

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
