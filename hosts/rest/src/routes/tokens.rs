//! `POST /v1/token/refresh`, `POST /v1/logout`

use auth_runtime::{Credential, RefreshError};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::json::{Json, OptionalJson};
use crate::openapi::problems;
use crate::problem::{Problem, kinds};
use crate::representations::tokens::Tokens;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshToken {
    refresh_token: String,
}

problems!(RefreshRefusals = BODY, [INVALID_GRANT]);

/// Refresh
///
/// Exchanges a refresh token for its successor and a new access token. For a few seconds the old token
/// gives the same successor again, so that a client can repeat a request whose answer was lost. Later
/// use of the old token ends the session.
#[utoipa::path(
    post,
    path = "/v1/token/refresh",
    tag = "session",
    request_body = RefreshToken,
    responses(
        (
            status = 200,
            description = "The next tokens of the session.",
            body = Tokens,
            links(
                (
                    "Refresh" = (
                        operation_id = "refresh",
                        request_body = json!({ "refresh_token": "$response.body#/refresh_token" }),
                        description = "The refresh token buys the next tokens.",
                    )
                ),
                (
                    "LogOut" = (
                        operation_id = "logout",
                        request_body = json!({ "refresh_token": "$response.body#/refresh_token" }),
                        description = "The refresh token ends the session.",
                    )
                ),
                (
                    "ShowMe" = (
                        operation_id = "show_me",
                        description = "With `access_token` as the bearer token.",
                    )
                ),
            ),
        ),
        RefreshRefusals,
    )
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
/// header. Succeeds as well when the session has ended already.
#[utoipa::path(
    post,
    path = "/v1/logout",
    tag = "session",
    security((), ("bearer" = [])),
    request_body = Option<RefreshToken>,
    responses((status = 204, description = "The session has ended."), LogoutRefusals)
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
