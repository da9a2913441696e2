//! `POST /v1/authorize`

use auth_runtime::{DecideError, Decision, Expectation, MatchedRule, PolicySource};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::json::Json;
use crate::openapi::problems;
use crate::problem::{InputError, Place, Problem};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The permission in question: `resource:action`, without wildcards.
    #[schema(example = "documents:write")]
    permission: String,
    /// The id of the account that owns the resource, for rules that are limited to the owner.
    #[schema(example = "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01")]
    owner: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Answer {
    allowed: bool,
    /// The rule that decided. Null when no rule matches the permission, which denies it.
    #[schema(required)]
    reason: Option<Reason>,
}

/// The rule that decided.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reason {
    /// The role of the token that led to the rule.
    #[schema(example = "editor")]
    role: String,
    /// The rule as the policy writes it.
    #[schema(example = "documents:*")]
    rule: String,
    /// The chain of inheritance from `role` to the role that states the rule.
    #[schema(example = json!(["editor", "author"]))]
    via: Vec<String>,
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        let reason = |MatchedRule { role, rule, via }| Some(Reason { role, rule, via });
        match decision {
            Decision::Allowed(matched) => Self {
                allowed: true,
                reason: reason(matched),
            },
            Decision::Denied(matched) => Self {
                allowed: false,
                reason: reason(matched),
            },
            Decision::Unmatched => Self {
                allowed: false,
                reason: None,
            },
        }
    }
}

problems!(Refusals = BEARER + BODY, []);

/// Decide whether the bearer may do something
///
/// Decides by the roles in the access token and gives the reason. A denial is an answer, not an error.
/// Reads no store: after a session has ended, its access token is accepted until it expires.
#[utoipa::path(
    post,
    path = "/v1/authorize",
    tag = "access",
    security(("bearer" = [])),
    request_body = Question,
    responses((status = 200, description = "The decision.", body = Answer), Refusals)
)]
pub(crate) async fn authorize(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Json(question): Json<Question>,
) -> Result<axum::Json<Answer>, Problem> {
    let Question { permission, owner } = question;
    let (owner, malformed) = match owner.map(parse_owner).transpose() {
        Ok(owner) => (owner, None),
        Err(problem) => (None, Some(problem)),
    };
    let expected = expectation(app.service.policy());
    match app
        .verifier
        .authorize(&token, &expected, &permission, owner.as_deref())?
    {
        // What is wrong with the token is said before what is wrong with the owner.
        Ok(decision) => malformed.map_or(Ok(axum::Json(decision.into())), Err),
        Err(DecideError::Token(error)) => Err(error.into()),
        Err(DecideError::MalformedPermission) => Err(Problem::invalid_request(vec![InputError {
            place: Place::Pointer("/permission".into()),
            code: "malformed-permission",
            detail: "a permission is `resource:action`, without wildcards".into(),
        }])),
    }
}

/// Reads an account id in upper or lower case (RFC 9562 §4). Any other text would match no rule
/// about the owner, and the asking program would take its own mistake for a denial.
fn parse_owner(text: String) -> Result<String, Problem> {
    let id = Uuid::try_parse(&text)
        .ok()
        .filter(|_| text.len() == Hyphenated::LENGTH);
    let id = id.map(|id| id.hyphenated().to_string());
    id.ok_or_else(|| {
        Problem::invalid_request(vec![InputError {
            place: Place::Pointer("/owner".into()),
            code: "not-an-id",
            detail: "an owner is the id of an account, such as \
                     `01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01`"
                .into(),
        }])
    })
}

/// What the verifier expects of a token of this deployment.
pub(super) fn expectation(policy: &PolicySource) -> Expectation {
    let deployment = policy.deployment();
    Expectation {
        issuer: deployment.issuer.clone(),
        audience: deployment.audience.clone(),
        leeway_seconds: policy.settings().token.leeway_seconds,
    }
}
