//! Why the component refused a change to an account, in sentences for the operator.

use auth_runtime::{AdministrationError, EmailViolation, PasswordViolation, Service};

use crate::failure::Failure;

/// The refusal of a flow for accounts.
pub fn refusal(error: &AdministrationError, service: &Service) -> Failure {
    let sentence = match error {
        AdministrationError::EmailTaken => "an account with this address exists".to_owned(),
        AdministrationError::InvalidEmail(violation) => {
            format!("the address cannot be used: {}", describe_email(*violation))
        }
        AdministrationError::NotFound => "there is no such account".to_owned(),
        AdministrationError::UnknownRole => "the policy has no such role".to_owned(),
        AdministrationError::WeakPassword(violations) => {
            let settings = &service.policy().settings().password;
            let (min, max) = (settings.min_length, settings.max_length);
            let violations = violations
                .iter()
                .map(|violation| describe_password(*violation, min, max));
            format!(
                "the password cannot be used: {}",
                violations.collect::<Vec<_>>().join(", ")
            )
        }
        // The operator has no token, no account and no rights that could be missing, and no other
        // call hashes in this process.
        AdministrationError::BeyondOwnRights
        | AdministrationError::Busy
        | AdministrationError::Forbidden(_)
        | AdministrationError::InvalidPage
        | AdministrationError::OwnAccount
        | AdministrationError::Token(_) => "the component refuses the operator".to_owned(),
    };
    Failure::Refused(sentence)
}

fn describe_email(violation: EmailViolation) -> &'static str {
    match violation {
        EmailViolation::BadDomain => "the part after the `@` is no domain",
        EmailViolation::BadLocalPart => "the part before the `@` is not allowed",
        EmailViolation::Empty => "it is empty",
        EmailViolation::ForbiddenCharacter => "it has white space or a control character in it",
        EmailViolation::NotAnAddress => "it is not one `@` with something on both sides",
        EmailViolation::TooLong => "it is too long",
    }
}

fn describe_password(violation: PasswordViolation, min: u32, max: u32) -> String {
    match violation {
        PasswordViolation::Common => "it is a common one".to_owned(),
        PasswordViolation::ForbiddenCharacter => "it has a control character in it".to_owned(),
        PasswordViolation::Guessable => "it is little more than a name that others know".to_owned(),
        PasswordViolation::TooLong => format!("it has more than {max} characters"),
        PasswordViolation::TooShort => format!("it has less than {min} characters"),
        PasswordViolation::Unchanged => "it is the one before".to_owned(),
    }
}
