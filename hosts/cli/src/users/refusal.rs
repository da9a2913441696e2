//! Sentences for the operator on why the component refused a change to an account.

use auth_rest::{email_reason, password_reason};
use auth_runtime::{AdministrationError, Service};

use crate::failure::Failure;

/// The failure that reports the refusal of a flow for accounts.
pub fn refusal(error: &AdministrationError, service: &Service) -> Failure {
    let sentence = match error {
        AdministrationError::EmailTaken => "an account with this address exists".to_owned(),
        AdministrationError::InvalidEmail(violation) => {
            let (_, reason) = email_reason(*violation);
            format!("the address cannot be used: {reason}")
        }
        AdministrationError::NotFound => "there is no such account".to_owned(),
        AdministrationError::TooManyRoles => {
            "with these roles, tokens would be longer than programs that check them take".to_owned()
        }
        AdministrationError::UnknownRole => "the policy has no such role".to_owned(),
        AdministrationError::WeakPassword(violations) => {
            let settings = service.policy().settings();
            let reasons = violations
                .iter()
                .map(|violation| password_reason(*violation, settings).1);
            let reasons: Vec<_> = reasons.collect();
            format!("the password cannot be used: {}", reasons.join("; "))
        }
        // The operator acts without token and account, so no rights can be missing, and no other
        // call hashes passwords in this process.
        AdministrationError::BeyondOwnRights
        | AdministrationError::Busy
        | AdministrationError::Forbidden(_)
        | AdministrationError::InvalidPage
        | AdministrationError::LastAdministrator
        | AdministrationError::OwnAccount
        | AdministrationError::Token(_)
        | AdministrationError::UnprovedAddress => "the component refuses the operator".to_owned(),
    };
    Failure::Refused(sentence)
}
