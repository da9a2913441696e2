//! Security headers of every answer.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;

use crate::base_url::BaseUrl;

/// For a year, and not for other names below this one, which may belong to others (RFC 6797 §6.1).
const TLS_ONLY: &str = "max-age=31536000";

/// Middleware: adds the strict value of each header that the handler did not set. Most answers hold
/// private data. Where clients reach the service with TLS, browsers are told to come back with TLS
/// alone.
pub(crate) async fn harden(
    State(base_url): State<BaseUrl>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let transport = base_url
        .has_tls()
        .then_some((STRICT_TRANSPORT_SECURITY, TLS_ONLY));
    let always = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, strict) in always.into_iter().chain(transport) {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(strict));
    }
    response
}
