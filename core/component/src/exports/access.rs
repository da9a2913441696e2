//! Implements the export `access`: authorisation decisions.

use auth_rules::rbac::{self, Permission};

use crate::Component;
use crate::bindings::exports::countersign::auth::access::{
    DecideError, Decision, Guest, MatchedRule, Question,
};
use crate::bindings::exports::countersign::auth::verification::Expectation;
use crate::flows::authentication;
use crate::flows::roles::find_roles;
use crate::imports::convert;

impl Guest for Component {
    fn decide(question: Question) -> Result<Decision, DecideError> {
        decide(
            &question.subject,
            &question.roles,
            &question.permission,
            question.owner.as_deref(),
        )
    }

    fn authorize(
        token: String,
        expected: Expectation,
        permission: String,
        owner: Option<String>,
    ) -> Result<Decision, DecideError> {
        let token = authentication::verify(&token, &convert::expectation(&expected))
            .map_err(|error| DecideError::Token(convert::token_error(error)))?;
        let claims = token.claims();
        decide(
            &claims.subject,
            &claims.roles,
            &permission,
            owner.as_deref(),
        )
    }
}

fn decide(
    subject: &str,
    roles: &[String],
    permission: &str,
    owner: Option<&str>,
) -> Result<Decision, DecideError> {
    let permission = Permission::parse(permission).map_err(|_| DecideError::MalformedPermission)?;
    let question = rbac::Question {
        subject,
        permission: &permission,
        owner,
    };
    Ok(match rbac::decide(&find_roles(roles), &question) {
        rbac::Decision::Allowed(matched) => Decision::Allowed(matched_rule(matched)),
        rbac::Decision::Denied(matched) => Decision::Denied(matched_rule(matched)),
        rbac::Decision::Unmatched => Decision::Unmatched,
    })
}

fn matched_rule(matched: rbac::Matched) -> MatchedRule {
    MatchedRule {
        role: matched.role,
        rule: matched.rule,
        via: matched.via,
    }
}
