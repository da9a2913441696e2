//! `POST /v1/token/refresh`, `POST /v1/logout`

use auth_runtime::{Credential, RefreshError};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::json::{Json, OptionalJson};
use crate::openapi::problems;
use crate::problem::{Problem, kinds};

/// What a login and a refresh hand out.
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
    /// Opaque. Works once; the answer has its successor.
    refresh_token: String,
    /// Seconds for which the refresh token can be used at the most.
    #[schema(example = 1_209_600)]
    refresh_expires_in: u32,
    #[schema(example = "01934f6e-80aa-7c21-b7b0-5a4f1d3c2e10")]
    session_id: String,
    /// Marks this device as a known one at later logins. Only at login.
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshToken {
    refresh_token: String,
}

problems!(RefreshRefusals = BODY, [INVALID_GRANT]);

/// Refresh
///
/// Trades a refresh token for its successor and a new access token. A short time after, the old token
/// still answers with the same successor, so a lost answer can be asked for again; later use ends the
/// session.
#[utoipa::path(
    post,
    path = "/v1/token/refresh",
    tag = "session",
    request_body = RefreshToken,
    responses((status = 200, description = "The next tokens of the session.", body = Tokens), RefreshRefusals)
)]
pub(crate) async fn refresh(
    State(app): State<Shared>,
    Json(body): Json<RefreshToken>,
) -> Result<axum::Json<Tokens>, Problem> {
    match app.service.refresh(&body.refresh_token).await? {
        Ok(tokens) => Ok(axum::Json(tokens.into())),
        Err(error) => Err(Problem::new(&kinds::INVALID_GRANT).detail(match error {
            RefreshError::Invalid => "the refresh token belongs to no live session",
            RefreshError::Reused => "the refresh token was used before; its session was ended",
        })),
    }
}

problems!(LogoutRefusals = BODY, [INVALID_TOKEN, TOKEN_REQUIRED]);

/// Log out
///
/// Ends the session of the refresh token in the body or, without a body, of the access token in the
/// header. No error when the session is over already.
#[utoipa::path(
    post,
    path = "/v1/logout",
    tag = "session",
    security((), ("bearer" = [])),
    request_body = Option<RefreshToken>,
    responses((status = 204, description = "The session is over."), LogoutRefusals)
)]
pub(crate) async fn logout(
    State(app): State<Shared>,
    bearer: Option<Bearer>,
    OptionalJson(body): OptionalJson<RefreshToken>,
) -> Result<StatusCode, Problem> {
    let credential = match (body, bearer) {
        (Some(body), _) => Credential::RefreshToken(body.refresh_token),
        (None, Some(Bearer(token))) => Credential::AccessToken(token),
        (None, None) => return Err(Problem::new(&kinds::TOKEN_REQUIRED)),
    };
    app.service.logout(&credential).await??;
    Ok(StatusCode::NO_CONTENT)
}
