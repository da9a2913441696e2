//! What the service answers in a scenario.

use std::fmt;

use auth_runtime::{MatchedRule, Tokens};

use crate::run::answer::Answer;

/// What the service answered to a call that it did not refuse.
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The tokens of a login or a refresh.
    pub tokens: Option<Tokens>,
    /// The id of an account that was made by an administrator or the operator, or by the set-up.
    pub account_id: Option<String>,
    /// The password that the service gave to an account, to be replaced at the first login.
    pub initial_password: Option<String>,
    /// How many sessions were listed.
    pub sessions: Option<usize>,
    /// The rule that allows what was asked.
    pub rule: Option<MatchedRule>,
}

impl Reply {
    pub(super) fn of(answer: Answer) -> Self {
        Self {
            tokens: answer.tokens,
            account_id: answer.account_id,
            initial_password: answer.initial_password,
            sessions: answer.count,
            rule: answer.rule,
        }
    }
}

/// Says nothing that is secret.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("account_id", &self.account_id)
            .field("sessions", &self.sessions)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
