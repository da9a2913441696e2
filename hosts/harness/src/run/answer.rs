//! What the service answers to a call.

use auth_runtime::{MatchedRule, Tokens};

use crate::names;
use crate::run::refusal::Refusal;

/// What the service answered, with what later steps need of it.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) outcome: &'static str,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) account_id: Option<String>,
    pub(crate) device_token: Option<String>,
    pub(crate) initial_password: Option<String>,
    pub(crate) count: Option<usize>,
    /// The code that opens the set-up.
    pub(crate) code: Option<String>,
    /// The rule that allows what was asked.
    pub(crate) rule: Option<MatchedRule>,
    /// Why the call was refused, if it was.
    pub(crate) refusal: Option<Refusal>,
}

impl Answer {
    pub(crate) fn ok() -> Self {
        Self {
            outcome: names::OK,
            ..Self::default()
        }
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self {
            outcome: refusal.name(),
            refusal: Some(refusal),
            ..Self::default()
        }
    }

    /// The answer that carries nothing when it is not refused.
    pub(crate) fn plain<T, E>(answer: Result<T, E>, refusal: impl Fn(E) -> Refusal) -> Self {
        answer.map_or_else(|error| Self::refused(refusal(error)), |_| Self::ok())
    }
}
