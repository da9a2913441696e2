//! Why the component refused, in sentences for whoever holds the machine.

use auth_runtime::{DirectoryError, EmailFault, PasswordFault, Service};

use crate::failure::Failure;

/// The refusal of a directory flow.
pub fn refusal(error: &DirectoryError, service: &Service) -> Failure {
    let sentence = match error {
        DirectoryError::EmailTaken => "an account with this address exists".to_owned(),
        DirectoryError::InvalidEmail(fault) => {
            format!("the address cannot be used: {}", describe_email(*fault))
        }
        DirectoryError::NotFound => "there is no such account".to_owned(),
        DirectoryError::UnknownRole => "the policy has no such role".to_owned(),
        DirectoryError::WeakPassword(faults) => {
            let settings = &service.policy().settings().password;
            let (min, max) = (settings.min_length, settings.max_length);
            let faults = faults
                .iter()
                .map(|fault| describe_password(*fault, min, max));
            format!(
                "the password cannot be used: {}",
                faults.collect::<Vec<_>>().join(", ")
            )
        }
        // The operator has no token, no account and no rights that could be missing, and nobody else
        // hashes in this process.
        DirectoryError::BeyondOwnRights
        | DirectoryError::Busy
        | DirectoryError::Forbidden(_)
        | DirectoryError::InvalidPage
        | DirectoryError::OwnAccount
        | DirectoryError::Token(_) => "the component refuses the operator".to_owned(),
    };
    Failure::Refused(sentence)
}

fn describe_email(fault: EmailFault) -> &'static str {
    match fault {
        EmailFault::BadDomain => "the part after the `@` is no domain",
        EmailFault::BadLocalPart => "the part before the `@` is not allowed",
        EmailFault::Empty => "it is empty",
        EmailFault::ForbiddenCharacter => "it has white space or a control character in it",
        EmailFault::NotAnAddress => "it is not one `@` with something on both sides",
        EmailFault::TooLong => "it is too long",
    }
}

fn describe_password(fault: PasswordFault, min: u32, max: u32) -> String {
    match fault {
        PasswordFault::Common => "it is a common one".to_owned(),
        PasswordFault::ForbiddenCharacter => "it has a control character in it".to_owned(),
        PasswordFault::Guessable => "it is little more than a name that others know".to_owned(),
        PasswordFault::TooLong => format!("it has more than {max} characters"),
        PasswordFault::TooShort => format!("it has less than {min} characters"),
        PasswordFault::Unchanged => "it is the one before".to_owned(),
    }
}
