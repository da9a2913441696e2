//! The extractor that admits only users to a route.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::countersign::Countersign;
use crate::error::ApiError;
use crate::token::Claims;

/// The bearer of a valid access token.
pub struct User {
    /// The claims of the token.
    pub claims: Claims,
    /// The token itself, for calls on behalf of the user. It is a secret.
    pub token: String,
}

impl FromRequestParts<Arc<Countersign>> for User {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        countersign: &Arc<Countersign>,
    ) -> Result<Self, ApiError> {
        let token = bearer_token(parts).ok_or(ApiError::NoToken)?;
        let claims = countersign.verifier.verify(&token).await?;
        Ok(Self { claims, token })
    }
}

/// The token of an `Authorization` header; the name of the scheme may be in any case.
fn bearer_token(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(AUTHORIZATION)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("Bearer") && !token.trim().is_empty())
        .then(|| token.trim().to_owned())
}
