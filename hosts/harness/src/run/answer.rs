//! What the service answers to a call.

use auth_runtime::{PasswordViolation, Tokens};

use crate::names;

/// What the service answered, with what later steps need of it.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) outcome: &'static str,
    /// How long a block lasts, in seconds.
    pub(crate) retry_seconds: Option<u32>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) account_id: Option<String>,
    pub(crate) device_token: Option<String>,
    pub(crate) initial_password: Option<String>,
    pub(crate) count: Option<usize>,
    /// The code that opens the set-up.
    pub(crate) code: Option<String>,
    /// The parts of a rule that were broken, and what else says why.
    pub(crate) detail: String,
}

impl Answer {
    pub(crate) fn of(outcome: &'static str) -> Self {
        Self {
            outcome,
            ..Self::default()
        }
    }

    pub(crate) fn ok() -> Self {
        Self::of(names::OK)
    }

    /// The answer, while a block lasts for so many seconds.
    pub(crate) fn until(self, seconds: u32) -> Self {
        Self {
            retry_seconds: Some(seconds),
            ..self
        }
    }

    /// The answer with what says why.
    pub(crate) fn because(self, detail: String) -> Self {
        Self { detail, ..self }
    }

    /// The answer that carries nothing when it is not refused.
    pub(crate) fn plain<T, E>(answer: Result<T, E>, refusal: impl Fn(&E) -> &'static str) -> Self {
        answer.map_or_else(|error| Self::of(refusal(&error)), |_| Self::ok())
    }
}

/// The parts of the password rule that were broken.
pub(crate) fn reasons(violations: &[PasswordViolation]) -> String {
    violations
        .iter()
        .map(names::password)
        .collect::<Vec<_>>()
        .join(", ")
}
