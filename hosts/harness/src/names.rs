//! The names of outcomes: those of the contract in `wit/`.

use auth_runtime::{
    AdministrationError, ChangePasswordError, EmailViolation, LoginError, PasswordViolation,
    RefreshError, RegisterError, RevokeError, SetupError, TokenError,
};

/// What every flow answers when it is not refused.
pub(crate) const OK: &str = "ok";

/// For each error of the contract a function that names its cases, and the list of these names.
macro_rules! names {
    ($($list:ident, $function:ident($type:ident) { $($case:ident $(($ignored:tt))? => $name:literal,)* })*) => {
        $(
            pub(crate) const $list: &[&str] = &[$($name),*];

            pub(crate) fn $function(error: &$type) -> &'static str {
                match error {
                    $($type::$case $(($ignored))? => $name,)*
                }
            }
        )*
    };
}

names! {
    LOGIN, login(LoginError) {
        InvalidCredentials => "invalid-credentials",
        Throttled(_) => "throttled",
        AccountDisabled => "account-disabled",
        ReplacementRequired => "replacement-required",
        InitialPasswordExpired => "initial-password-expired",
        NotInitial => "not-initial",
        WeakPassword(_) => "weak-password",
        Busy => "busy",
    }
    REGISTRATION, registration(RegisterError) {
        Closed => "closed",
        InvalidEmail(_) => "invalid-email",
        WeakPassword(_) => "weak-password",
        EmailTaken => "email-taken",
        Throttled(_) => "throttled",
        Busy => "busy",
    }
    REFRESH, refresh(RefreshError) {
        Invalid => "invalid",
        Reused => "reused",
    }
    SETUP, setup(SetupError) {
        InvalidToken => "invalid-token",
        InvalidEmail(_) => "invalid-email",
        WeakPassword(_) => "weak-password",
        EmailTaken => "email-taken",
        Busy => "busy",
    }
    REVOCATION, revocation(RevokeError) {
        NotFound => "not-found",
    }
    TOKEN, token(TokenError) {
        Malformed => "malformed",
        TooLarge => "too-large",
        UnknownKey => "unknown-key",
        BadSignature => "bad-signature",
        UnsupportedCritical => "unsupported-critical",
        WrongType => "wrong-type",
        WrongIssuer => "wrong-issuer",
        WrongAudience => "wrong-audience",
        Expired => "expired",
        NotYetValid => "not-yet-valid",
        Revoked => "revoked",
    }
    EMAIL, email(EmailViolation) {
        Empty => "empty",
        TooLong => "too-long",
        NotAnAddress => "not-an-address",
        BadLocalPart => "bad-local-part",
        BadDomain => "bad-domain",
        ForbiddenCharacter => "forbidden-character",
    }
    PASSWORD, password(PasswordViolation) {
        TooShort => "too-short",
        TooLong => "too-long",
        ForbiddenCharacter => "forbidden-character",
        Common => "common",
        Guessable => "guessable",
        Unchanged => "unchanged",
    }
}

/// The names of the refusals of administration, those of the actor's token excepted.
pub(crate) const ADMINISTRATION: &[&str] = &[
    "forbidden",
    "beyond-own-rights",
    "own-account",
    "last-administrator",
    "unproved-address",
    "too-many-roles",
    "not-found",
    "unknown-role",
    "email-taken",
    "invalid-email",
    "weak-password",
    "invalid-page",
    "busy",
];

pub(crate) fn administration(error: &AdministrationError) -> &'static str {
    match error {
        AdministrationError::Token(error) => token(error),
        AdministrationError::Forbidden(_) => "forbidden",
        AdministrationError::BeyondOwnRights => "beyond-own-rights",
        AdministrationError::OwnAccount => "own-account",
        AdministrationError::LastAdministrator => "last-administrator",
        AdministrationError::UnprovedAddress => "unproved-address",
        AdministrationError::TooManyRoles => "too-many-roles",
        AdministrationError::NotFound => "not-found",
        AdministrationError::UnknownRole => "unknown-role",
        AdministrationError::EmailTaken => "email-taken",
        AdministrationError::InvalidEmail(_) => "invalid-email",
        AdministrationError::WeakPassword(_) => "weak-password",
        AdministrationError::InvalidPage => "invalid-page",
        AdministrationError::Busy => "busy",
    }
}

/// The names of the refusals of a change of password, those of the token excepted.
pub(crate) const CHANGE: &[&str] = &["wrong-password", "weak-password", "throttled", "busy"];

pub(crate) fn change(error: &ChangePasswordError) -> &'static str {
    match error {
        ChangePasswordError::Token(error) => token(error),
        ChangePasswordError::WrongPassword => "wrong-password",
        ChangePasswordError::WeakPassword(_) => "weak-password",
        ChangePasswordError::Throttled(_) => "throttled",
        ChangePasswordError::Busy => "busy",
    }
}
