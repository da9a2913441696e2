//! The answers of an authorizer.

use auth_runtime::Claims;
use serde_json::{Map, Value, json};

use crate::event::MethodArn;

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every request of the stage.
    Stage,
    /// This request alone.
    Request,
}

/// An IAM policy. API Gateway may keep it and apply it to other requests, so it never says more than
/// was judged: of this request, or of the whole stage where all requests have the same demand.
pub(crate) fn policy(
    arn: &MethodArn,
    scope: Scope,
    effect: &'static str,
    claims: Option<&Claims>,
) -> Value {
    let resource = match scope {
        Scope::Stage => format!("{}*", arn.stage),
        Scope::Request => arn.whole.clone(),
    };
    json!({
        "principalId": claims.map_or("anonymous", |claims| &claims.subject),
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Action": "execute-api:Invoke",
                "Effect": effect,
                "Resource": [resource],
            }],
        },
        "context": context(claims),
    })
}

/// Whether IAM takes the name for itself alone. It has wildcards and variables, which a client can write
/// into a path.
pub(crate) fn is_literal(arn: &MethodArn) -> bool {
    !arn.whole.contains(['*', '?', '$'])
}

/// The simple answer of an HTTP API.
pub(crate) fn simple(is_authorized: bool, claims: Option<&Claims>) -> Value {
    json!({ "isAuthorized": is_authorized, "context": context(claims) })
}

/// What the program behind learns of the caller. API Gateway takes texts only.
fn context(claims: Option<&Claims>) -> Value {
    let Some(claims) = claims else {
        return Value::Object(Map::new());
    };
    json!({
        "subject": claims.subject,
        "roles": claims.roles.join(","),
        "client": claims.client_id,
        "session": claims.session_id,
        "expires": claims.expires_at.to_string(),
    })
}
