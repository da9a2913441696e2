//! Why the service refused a call.

use std::fmt;

use auth_runtime::{
    AdministrationError, ChangePasswordError, LoginError, MatchedRule, PasswordViolation,
    RefreshError, RegisterError, RevokeError, SetupError, TokenError,
};

use crate::names;

/// Why the service refused a call: the error of the contract in `wit/`, by the export that answered
/// it.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// A login was refused.
    Login(LoginError),
    /// A registration was refused.
    Registration(RegisterError),
    /// A refresh was refused.
    Refresh(RefreshError),
    /// A change of the password was refused.
    PasswordChange(ChangePasswordError),
    /// The access token was refused.
    Token(TokenError),
    /// An act on an account was refused.
    Administration(AdministrationError),
    /// The account has no session with this id.
    Revocation(RevokeError),
    /// The set-up was refused.
    Setup(SetupError),
    /// The set-up does not begin, because there is an administrator.
    SetupClosed,
    /// This rule denies the permission.
    Denied(MatchedRule),
    /// No rule allows the permission.
    Unmatched,
    /// The text is no permission.
    MalformedPermission,
}

impl Refusal {
    /// The name of the outcome in case files, such as `throttled`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Login(error) => names::login(error),
            Self::Registration(error) => names::registration(error),
            Self::Refresh(error) => names::refresh(error),
            Self::PasswordChange(error) => names::change(error),
            Self::Token(error) => names::token(error),
            Self::Administration(error) => names::administration(error),
            Self::Revocation(error) => names::revocation(error),
            Self::Setup(error) => names::setup(error),
            Self::SetupClosed => "closed",
            Self::Denied(_) | Self::Unmatched => "denied",
            Self::MalformedPermission => "malformed-permission",
        }
    }

    /// How long the client is to wait, in seconds, if the refusal says so.
    #[must_use]
    pub fn retry_seconds(&self) -> Option<u32> {
        match self {
            Self::Login(LoginError::Throttled(seconds))
            | Self::Registration(RegisterError::Throttled(seconds))
            | Self::PasswordChange(ChangePasswordError::Throttled(seconds)) => Some(*seconds),
            _ => None,
        }
    }

    /// What else says why: the parts of a rule that were broken, or the rule that decided.
    pub(crate) fn detail(&self) -> Option<String> {
        Some(match self {
            Self::Login(LoginError::WeakPassword(violations))
            | Self::Registration(RegisterError::WeakPassword(violations))
            | Self::PasswordChange(ChangePasswordError::WeakPassword(violations))
            | Self::Administration(AdministrationError::WeakPassword(violations))
            | Self::Setup(SetupError::WeakPassword(violations)) => reasons(violations),
            Self::Registration(RegisterError::InvalidEmail(violation))
            | Self::Administration(AdministrationError::InvalidEmail(violation))
            | Self::Setup(SetupError::InvalidEmail(violation)) => {
                names::email(violation).to_owned()
            }
            Self::Administration(AdministrationError::Forbidden(permission)) => permission.clone(),
            Self::Denied(rule) => describe("deny", rule),
            Self::Unmatched => "no rule allows it".to_owned(),
            _ => return None,
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Some(seconds) = self.retry_seconds() {
            write!(f, " for {seconds}s")?;
        }
        if let Some(detail) = self.detail() {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// The parts of the password rule that were broken.
fn reasons(violations: &[PasswordViolation]) -> String {
    violations
        .iter()
        .map(names::password)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A rule and the way to it, in words.
pub(crate) fn describe(effect: &str, matched: &MatchedRule) -> String {
    let MatchedRule { role, rule, via } = matched;
    match via.as_slice() {
        [] | [_] => format!("{effect} {rule} of the role {role}"),
        via => format!(
            "{effect} {rule} of the role {role}, inherited: {}",
            via.join(" > ")
        ),
    }
}
