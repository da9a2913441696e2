//! Sentences for the violations and errors that the contract reports as enums.

use std::borrow::Cow;

use auth_runtime::{EmailViolation, PasswordViolation, PolicySettings, TokenError};

use super::document::{InputError, Place};
use super::kinds;
use super::refusal::Problem;

/// The address at `pointer` breaks the e-mail rule.
pub(crate) fn invalid_email(pointer: &str, violation: EmailViolation) -> Problem {
    let (code, detail) = email_reason(violation);
    Problem::invalid_request(vec![at(pointer, code, detail)])
}

/// The code of a violation and a sentence about it. The command line uses them too.
pub fn email_reason(violation: EmailViolation) -> (&'static str, &'static str) {
    match violation {
        EmailViolation::Empty => ("empty", "an address is needed"),
        EmailViolation::TooLong => (
            "too-long",
            "the address is longer than any e-mail address can be",
        ),
        EmailViolation::NotAnAddress => ("not-an-address", "an address is `name@domain`"),
        EmailViolation::BadLocalPart => (
            "bad-local-part",
            "the part before the `@` is not a mailbox name",
        ),
        EmailViolation::BadDomain => ("bad-domain", "the part after the `@` is not a domain name"),
        EmailViolation::ForbiddenCharacter => (
            "forbidden-character",
            "an address has no white space and no control characters",
        ),
    }
}

/// The password at `pointer` breaks one or more password rules.
pub(crate) fn weak_password(
    pointer: &str,
    violations: Vec<PasswordViolation>,
    policy: &PolicySettings,
) -> Problem {
    let errors = violations.into_iter().map(|violation| {
        let (code, detail) = password_reason(violation, policy);
        at(pointer, code, detail)
    });
    Problem::invalid_request(errors.collect())
}

/// A login asks, at `pointer`, to replace a password that is not an initial one.
pub(crate) fn not_initial(pointer: &str) -> Problem {
    let detail = "a login replaces an initial password only; `PUT /v1/me/password` changes others";
    Problem::invalid_request(vec![at(pointer, "not-initial", detail)])
}

fn at(pointer: &str, code: &'static str, detail: impl Into<Cow<'static, str>>) -> InputError {
    InputError {
        place: Place::Pointer(pointer.to_owned()),
        code,
        detail: detail.into(),
    }
}

/// As [`email_reason`], for a password under this policy.
pub fn password_reason(
    violation: PasswordViolation,
    policy: &PolicySettings,
) -> (&'static str, Cow<'static, str>) {
    match violation {
        PasswordViolation::TooShort => {
            let least = policy.password.min_length;
            (
                "too-short",
                format!("a password has at least {least} characters").into(),
            )
        }
        PasswordViolation::TooLong => {
            let most = policy.password.max_length;
            (
                "too-long",
                format!("a password has at most {most} characters").into(),
            )
        }
        PasswordViolation::ForbiddenCharacter => (
            "forbidden-character",
            "a password has no control characters".into(),
        ),
        PasswordViolation::Common => ("common", "this is one of the most common passwords".into()),
        PasswordViolation::Guessable => (
            "guessable",
            "it is little more than the name of the service or of the user".into(),
        ),
        PasswordViolation::Unchanged => (
            "unchanged",
            "it is the password that it should replace".into(),
        ),
    }
}

/// The token belongs to the caller, so the caller may know why it was refused.
impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::new(&kinds::INVALID_TOKEN).detail(match error {
            TokenError::Malformed => "the token is malformed",
            TokenError::TooLarge => "the token is longer than any of this service",
            TokenError::UnknownKey => "no key of this service has signed the token",
            TokenError::BadSignature => "the signature does not match",
            TokenError::UnsupportedCritical => "the token demands an unknown extension",
            TokenError::WrongType => "this is not an access token",
            TokenError::WrongIssuer => "the token comes from another issuer",
            TokenError::WrongAudience => "the token is for another audience",
            TokenError::Expired => "the token has expired",
            TokenError::NotYetValid => "the token is not valid yet",
            TokenError::Revoked => "the session of the token has ended",
        })
    }
}
