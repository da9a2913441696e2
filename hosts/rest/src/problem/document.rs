//! The document that a client reads (RFC 9457).

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::kinds::Kind;

/// The media type of [`Document`].
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// One rule that the request breaks.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct InputError {
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Stable name of the rule.
    pub(crate) code: &'static str,
    /// A sentence about the broken rule.
    pub(crate) detail: Cow<'static, str>,
}

/// How the description shows an [`InputError`]: generators of clients do not understand a choice
/// within an object.
#[derive(ToSchema)]
#[schema(as = InputError, description = "One rule that the request breaks, and its place.")]
#[allow(dead_code)]
pub(crate) struct DescribedInputError {
    /// The place in the body: a JSON pointer (RFC 6901). Left out when another member names the place.
    #[schema(nullable = false, example = "/email")]
    pointer: Option<String>,
    /// The place in the query: the name of a parameter. Left out when another member names the place.
    #[schema(nullable = false, example = "limit")]
    parameter: Option<String>,
    /// The name of the header field that breaks a rule.
    #[schema(nullable = false, example = "Idempotency-Key")]
    header: Option<String>,
    /// Stable name of the rule.
    #[schema(example = "bad-domain")]
    code: String,
    /// A sentence about the broken rule.
    #[schema(example = "the part after the `@` is not a domain name")]
    detail: String,
}

/// The place in the request where a rule is broken.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// A JSON pointer into the body (RFC 6901).
    Pointer(String),
    /// A header.
    Header(String),
    /// A parameter of the query.
    Parameter(String),
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    /// A URL whose last segment is a stable name. Its page explains the problem.
    #[serde(rename = "type")]
    #[schema(
        format = "uri",
        example = "https://auth.example.com/problems/invalid-request"
    )]
    pub(super) kind: String,
    /// The same for every problem of this type.
    #[schema(example = "Invalid request")]
    pub(super) title: &'static str,
    /// The HTTP status of the answer.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub(super) status: u16,
    /// What is wrong this time, or the general explanation when there is nothing to add.
    #[schema(example = "Each entry of `errors` names the place, the rule and the reason.")]
    pub(super) detail: Cow<'static, str>,
    /// The same as in the header `X-Request-Id` and in the service's log.
    #[schema(example = "0b8e2a64-5a0f-4c7e-8d63-3f9a4f1f2c11")]
    pub(super) request_id: String,
    /// The rules that the request breaks. Only for `invalid-request`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = Vec<DescribedInputError>)]
    pub(super) errors: Vec<InputError>,
    /// Only for `invalid-grant`: the error code of OAuth 2.0 (RFC 6749 §5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "invalid_grant")]
    pub(super) error: Option<&'static str>,
}

/// A document of this kind, for documentation.
pub(crate) fn example(kind: &Kind) -> Value {
    json!({
        "type": format!("https://auth.example.com/problems/{}", kind.slug),
        "title": kind.title,
        "status": kind.status.as_u16(),
        "detail": kind.explanation,
        "request_id": "0b8e2a64-5a0f-4c7e-8d63-3f9a4f1f2c11",
    })
}
