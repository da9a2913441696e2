//! The headers by which a proxy tells the program behind it whose a request is.

use auth_runtime::Claims;
use axum::http::header::InvalidHeaderValue;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The id of the account that the token was issued to.
const SUBJECT: HeaderName = HeaderName::from_static("x-auth-subject");
/// The roles of the token, joined by commas, which no name of a role contains.
const ROLES: HeaderName = HeaderName::from_static("x-auth-roles");
const CLIENT: HeaderName = HeaderName::from_static("x-auth-client");
const SESSION: HeaderName = HeaderName::from_static("x-auth-session");

/// The headers of the bearer of a token; empty ones where a request may pass without a token. None is
/// ever left out, so that they replace what a client sent.
///
/// # Errors
/// When a claim has characters that no header can have.
pub fn identity_headers(claims: Option<&Claims>) -> Result<HeaderMap, InvalidHeaderValue> {
    let roles = claims.map(|claims| claims.roles.join(","));
    [
        (SUBJECT, claims.map(|claims| &claims.subject)),
        (ROLES, roles.as_ref()),
        (CLIENT, claims.map(|claims| &claims.client_id)),
        (SESSION, claims.map(|claims| &claims.session_id)),
    ]
    .into_iter()
    .map(|(name, value)| {
        let value = HeaderValue::from_str(value.map_or("", String::as_str))?;
        Ok((name, value))
    })
    .collect()
}
