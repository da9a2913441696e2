//! The answers to a proxy, which hands most of them on to the client.

use std::time::Duration;

use auth_gate::Refusal;
use auth_rest::identity_headers;
use auth_runtime::Claims;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::question::Unasked;

/// The answer to a request that may pass, with whose it is.
pub(crate) fn pass(claims: Option<&Claims>) -> Response {
    let Ok(headers) = identity_headers(claims) else {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return problem(status, "a claim of the token fits in no header");
    };
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = headers;
    uncached(response)
}

/// The answer to a request that may not pass.
pub(crate) fn refuse(refusal: &Refusal) -> Response {
    let mut response = problem(refusal.status(), &refusal.detail());
    let headers = response.headers_mut();
    if let Some(challenge) = refusal.challenge() {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Refusal::Unavailable { retry_after } = refusal {
        headers.insert(RETRY_AFTER, seconds(*retry_after));
    }
    response
}

/// The answer to a question that cannot be read.
pub(crate) fn misunderstand(unasked: Unasked) -> Response {
    match unasked {
        Unasked::NotFound => problem(
            StatusCode::NOT_FOUND,
            "there are /v1/forward-auth, /ext-authz/…, /healthz and /readyz",
        ),
        // The client may have written a second header, and with 403 every proxy refuses its request.
        Unasked::NotSaid => problem(
            StatusCode::FORBIDDEN,
            "the proxy must say once what the request is: X-Forwarded-Method, X-Forwarded-Uri",
        ),
        Unasked::BadQuery => problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the only parameter of the query is `permission`",
        ),
    }
}

/// The answer to a peer that is not among the proxies of the gateway.
pub(crate) fn reject_stranger() -> Response {
    problem(
        StatusCode::FORBIDDEN,
        "only the proxies of --trusted-proxies are answered",
    )
}

/// The answer to a probe of health or readiness.
pub(crate) fn probe(is_well: bool) -> Response {
    match is_well {
        true => json_body(
            StatusCode::OK,
            "application/json",
            &json!({ "status": "ok" }),
        ),
        false => refuse(&Refusal::Unavailable {
            retry_after: Duration::from_secs(1),
        }),
    }
}

/// A problem document (RFC 9457) without a type of its own.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let document = json!({ "title": title, "status": status.as_u16(), "detail": detail });
    json_body(status, "application/problem+json", &document)
}

fn json_body(status: StatusCode, media_type: &'static str, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    uncached(response)
}

fn uncached(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

fn seconds(wait: Duration) -> HeaderValue {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX))
}
