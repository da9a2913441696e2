//! `/v1/me`: the bearer's account, its password and its sessions.

use auth_runtime::{ChangePasswordError, RevokeError};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::client_address::ClientAddress;
use crate::extract::json::Json;
use crate::extract::path::{Id, Path};
use crate::openapi::problems;
use crate::problem::{self, Problem, kinds};
use crate::representations::account::Account;
use crate::representations::timestamp::Timestamp;

problems!(Refusals = BEARER, []);

/// Show your own account
#[utoipa::path(
    get,
    path = "/v1/me",
    tag = "account",
    security(("bearer" = [])),
    responses((status = 200, description = "The account.", body = Account), Refusals)
)]
pub(crate) async fn show_me(
    State(app): State<Shared>,
    Bearer(token): Bearer,
) -> Result<axum::Json<Account>, Problem> {
    Ok(axum::Json(app.service.who_am_i(&token).await??.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    #[schema(example = "a long and quiet evening", value_type = String, format = Password)]
    current_password: Zeroizing<String>,
    #[schema(example = "an even longer, louder morning", value_type = String, format = Password)]
    new_password: Zeroizing<String>,
    /// The token of this device. The change ends it, and answers with its successor.
    device_token: Option<String>,
}

/// What a device keeps after a change of password.
#[derive(Serialize, ToSchema)]
pub(crate) struct SucceedingDevice {
    /// Marks this device as known at later logins, in place of the token that was sent.
    device_token: String,
}

problems!(
    PasswordRefusals = BEARER + BODY,
    [BUSY, TOO_MANY_ATTEMPTS, WRONG_PASSWORD]
);

/// Change your own password
///
/// Ends every other session of the account and every device token.
/// A client that sends its device token stays known, and must keep the token of the answer instead.
#[utoipa::path(
    put,
    path = "/v1/me/password",
    tag = "account",
    security(("bearer" = [])),
    request_body = PasswordChange,
    responses(
        (
            status = 200,
            description = "The password is changed, and the device has a new token.",
            body = SucceedingDevice,
        ),
        (
            status = 204,
            description = "The password is changed. No valid device token was sent.",
        ),
        PasswordRefusals,
    )
)]
pub(crate) async fn change_password(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    ClientAddress(source): ClientAddress,
    Json(body): Json<PasswordChange>,
) -> Result<Response, Problem> {
    let PasswordChange {
        current_password,
        new_password,
        device_token,
    } = body;
    let device_token = device_token.as_deref();
    match app
        .service
        .change_password(
            &token,
            &current_password,
            &new_password,
            &source,
            device_token,
        )
        .await?
    {
        Ok(Some(device_token)) => Ok(axum::Json(SucceedingDevice { device_token }).into_response()),
        Ok(None) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(match error {
            ChangePasswordError::Busy => Problem::busy(),
            ChangePasswordError::Throttled(seconds) => Problem::throttled(seconds),
            ChangePasswordError::Token(error) => error.into(),
            ChangePasswordError::WeakPassword(violations) => {
                problem::weak_password("/new_password", violations, app.service.policy().settings())
            }
            ChangePasswordError::WrongPassword => Problem::new(&kinds::WRONG_PASSWORD),
        }),
    }
}

/// The live sessions of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    /// The live sessions, oldest first.
    sessions: Vec<Session>,
}

/// One session: a login that has not ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    #[schema(example = "01934f6e-80aa-7c21-b7b0-5a4f1d3c2e10")]
    id: String,
    #[schema(value_type = String, format = DateTime, example = "2026-01-31T09:30:00.000Z")]
    created_at: Timestamp,
    /// Rounded down to the hour.
    #[schema(value_type = String, format = DateTime, example = "2026-01-31T10:00:00.000Z")]
    last_used_at: Timestamp,
    /// The latest time at which the session ends if it is not refreshed, rounded up to the hour.
    #[schema(value_type = String, format = DateTime, example = "2026-02-14T10:00:00.000Z")]
    expires_at: Timestamp,
    /// The `User-Agent` header of the login.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    user_agent: String,
    /// Whether the access token of this request belongs to it.
    current: bool,
}

impl From<auth_runtime::SessionView> for Session {
    fn from(view: auth_runtime::SessionView) -> Self {
        Self {
            id: view.id,
            created_at: Timestamp(view.created_at),
            last_used_at: Timestamp(view.last_used_at),
            expires_at: Timestamp(view.expires_at),
            user_agent: view.user_agent,
            current: view.current,
        }
    }
}

/// List your own sessions
#[utoipa::path(
    get,
    path = "/v1/me/sessions",
    tag = "session",
    security(("bearer" = [])),
    responses(
        (
            status = 200,
            description = "The live sessions.",
            body = Sessions,
            links((
                "EndSession" = (
                    operation_id = "end_my_session",
                    parameters(("id" = "$response.body#/sessions/0/id")),
                    description = "Ends the oldest session.",
                )
            )),
        ),
        Refusals,
    )
)]
pub(crate) async fn list_my_sessions(
    State(app): State<Shared>,
    Bearer(token): Bearer,
) -> Result<axum::Json<Sessions>, Problem> {
    let sessions = app.service.list_sessions(&token).await??;
    Ok(axum::Json(Sessions {
        sessions: sessions.into_iter().map(Session::from).collect(),
    }))
}

problems!(RevokeRefusals = BEARER, [SESSION_NOT_FOUND]);

/// End one of your own sessions
#[utoipa::path(
    delete,
    path = "/v1/me/sessions/{id}",
    tag = "session",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The session, as the list names it.")),
    responses((status = 204, description = "The session has ended."), RevokeRefusals)
)]
pub(crate) async fn end_my_session(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path(Id(id)): Path<Id>,
) -> Result<StatusCode, Problem> {
    match app.service.revoke_session(&token, &id).await?? {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(RevokeError::NotFound) => Err(Problem::new(&kinds::SESSION_NOT_FOUND)),
    }
}
