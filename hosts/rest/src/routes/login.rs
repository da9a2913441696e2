//! `POST /v1/login`

use std::mem;

use auth_runtime::{LoginAttempt, LoginError, Wiped};
use axum::extract::State;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::app::Shared;
use crate::even_time;
use crate::extract::client_address::ClientAddress;
use crate::extract::json::Json;
use crate::extract::user_agent::UserAgent;
use crate::openapi::problems;
use crate::problem::{self, Problem, kinds};
use crate::representations::tokens::Tokens;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@example.com", "password": "a long and quiet evening" }))]
pub(crate) struct Login {
    email: String,
    #[schema(value_type = String, format = Password)]
    password: Zeroizing<String>,
    /// From the latest login of this device. With it the owner can log in while failed attempts of
    /// others block the account. It ends with a change of password, and when all sessions are ended.
    device_token: Option<String>,
    /// Replaces an initial password in the same step. Refused when the password is not an initial one.
    #[schema(value_type = Option<String>, format = Password)]
    new_password: Option<Zeroizing<String>>,
}

problems!(
    Refusals = BODY,
    [
        ACCOUNT_DISABLED,
        BUSY,
        INITIAL_PASSWORD_EXPIRED,
        INVALID_CREDENTIALS,
        PASSWORD_REPLACEMENT_REQUIRED,
        TOO_MANY_ATTEMPTS,
    ]
);

/// Log in
///
/// Checks the password and begins a session.
#[utoipa::path(
    post,
    path = "/v1/login",
    tag = "session",
    request_body = Login,
    responses(
        (
            status = 200,
            description = "The tokens of the new session.",
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
        Refusals,
    )
)]
pub(crate) async fn login(
    State(app): State<Shared>,
    ClientAddress(source): ClientAddress,
    UserAgent(user_agent): UserAgent,
    Json(mut body): Json<Login>,
) -> Result<axum::Json<Tokens>, Problem> {
    let start = Instant::now();
    let attempt = Wiped::new(LoginAttempt {
        email: body.email,
        password: mem::take(&mut *body.password),
        new_password: body.new_password.as_deref_mut().map(mem::take),
        device_token: body.device_token,
        source,
        user_agent,
    });
    match app.service.login(&attempt).await? {
        Ok(tokens) => Ok(axum::Json(tokens.into())),
        Err(error) => Err(match error {
            LoginError::AccountDisabled => Problem::new(&kinds::ACCOUNT_DISABLED),
            LoginError::Busy => Problem::busy(),
            LoginError::InitialPasswordExpired => Problem::new(&kinds::INITIAL_PASSWORD_EXPIRED),
            LoginError::InvalidCredentials => Problem::new(&kinds::INVALID_CREDENTIALS),
            LoginError::NotInitial => problem::not_initial("/new_password"),
            LoginError::ReplacementRequired => Problem::new(&kinds::PASSWORD_REPLACEMENT_REQUIRED),
            LoginError::Throttled(seconds) => {
                even_time::throttled(start).await;
                Problem::throttled(seconds)
            }
            LoginError::WeakPassword(violations) => {
                problem::weak_password("/new_password", violations, app.service.policy().settings())
            }
        }),
    }
}
