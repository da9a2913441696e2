//! The tokens of a session as answers show them.

use serde::Serialize;
use utoipa::ToSchema;

/// The tokens that a login or a refresh answers with.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    /// A JWT (RFC 9068), for the header `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9...")]
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 600)]
    expires_in: u32,
    /// Opaque. It works once: the answer to the refresh contains its successor.
    refresh_token: String,
    /// Seconds until the refresh token expires.
    #[schema(example = 1_209_600)]
    refresh_expires_in: u32,
    #[schema(example = "01934f6e-80aa-7c21-b7b0-5a4f1d3c2e10")]
    session_id: String,
    /// Marks this device as known at later logins. Only a login answers with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    device_token: Option<String>,
}

impl From<auth_runtime::Tokens> for Tokens {
    fn from(tokens: auth_runtime::Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            token_type: "Bearer",
            expires_in: tokens.access_seconds,
            refresh_token: tokens.refresh_token,
            refresh_expires_in: tokens.refresh_seconds,
            session_id: tokens.session_id,
            device_token: tokens.device_token,
        }
    }
}
