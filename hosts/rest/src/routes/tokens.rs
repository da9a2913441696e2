//! `POST /v1/token/refresh`, `POST /v1/logout`

use auth_runtime::{Credential, RefreshError, RefreshRequest};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::client_address::ClientAddress;
use crate::extract::idempotency_key::IdempotencyKey;
use crate::extract::json::{Json, OptionalJson};
use crate::extract::user_agent::UserAgent;
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
/// gives the same successor again to the client that used it, so that it can repeat a request whose answer
/// was lost: a client from the same network with the same `User-Agent`, or with the same
/// `Idempotency-Key`. Any other use of the old token ends the session.
#[utoipa::path(
    post,
    path = "/v1/token/refresh",
    tag = "session",
    params((
        "Idempotency-Key" = Option<String>, Header,
        description = "A random string in double quotes, new for each refresh token, that the client sends again \
                       when it repeats the request (draft-ietf-httpapi-idempotency-key-header). With it the \
                       client may repeat from another network. 16 to 255 characters.",
        min_length = 18,
        example = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"",
    )),
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
                        request_body = "{\"refresh_token\":\"{$response.body#/refresh_token}\"}",
                        description = "The refresh token buys the next tokens.",
                    )
                ),
                (
                    "LogOut" = (
                        operation_id = "logout",
                        request_body = "{\"refresh_token\":\"{$response.body#/refresh_token}\"}",
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
    ClientAddress(source): ClientAddress,
    UserAgent(user_agent): UserAgent,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Json(body): Json<RefreshToken>,
) -> Result<axum::Json<Tokens>, Problem> {
    let request = RefreshRequest {
        refresh_token: body.refresh_token,
        source,
        user_agent,
        idempotency_key,
    };
    match app.service.refresh(&request).await? {
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
