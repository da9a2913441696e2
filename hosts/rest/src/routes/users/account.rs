//! `/v1/users/{id}`: one account, for administrators.

use auth_runtime::Authority;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::refusal::refuse;
use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::json::Json;
use crate::extract::path::{Id, Path};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::representations::account::{Account, Status};

problems!(ReadRefusals = BEARER, [ACCOUNT_NOT_FOUND, FORBIDDEN]);

/// Show an account
///
/// Needs `users:read`.
#[utoipa::path(
    get,
    path = "/v1/users/{id}",
    tag = "administration",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The account.")),
    responses((status = 200, description = "The account.", body = Account), ReadRefusals)
)]
pub(crate) async fn show_user(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path(Id(id)): Path<Id>,
) -> Result<axum::Json<Account>, Problem> {
    let account = app
        .service
        .read_account(&Authority::Bearer(token), &id)
        .await?;
    account
        .map(|account| axum::Json(account.into()))
        .map_err(|error| refuse(&app, error))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusChange {
    status: Status,
}

problems!(
    ChangeRefusals = BEARER + BODY,
    [
        ACCOUNT_NOT_FOUND,
        BEYOND_OWN_RIGHTS,
        BUSY,
        FORBIDDEN,
        LAST_ADMINISTRATOR,
        OWN_ACCOUNT,
    ]
);

/// Disable or enable an account
///
/// Disabling ends all its sessions. Needs `users:disable`.
#[utoipa::path(
    patch,
    path = "/v1/users/{id}",
    tag = "administration",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The account.")),
    request_body = StatusChange,
    responses((status = 200, description = "The changed account.", body = Account), ChangeRefusals)
)]
pub(crate) async fn change_user(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path(Id(id)): Path<Id>,
    Json(body): Json<StatusChange>,
) -> Result<axum::Json<Account>, Problem> {
    let (authority, status) = (Authority::Bearer(token), body.status.into());
    let account = app
        .service
        .set_account_status(&authority, &id, status)
        .await?;
    account
        .map(|account| axum::Json(account.into()))
        .map_err(|error| refuse(&app, error))
}

problems!(
    DeleteRefusals = BEARER,
    [
        ACCOUNT_NOT_FOUND,
        BEYOND_OWN_RIGHTS,
        BUSY,
        FORBIDDEN,
        LAST_ADMINISTRATOR,
        OWN_ACCOUNT,
    ]
);

/// Delete an account
///
/// The address can be registered again at once. Needs `users:delete`.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}",
    tag = "administration",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The account.")),
    responses((status = 204, description = "The account is deleted."), DeleteRefusals)
)]
pub(crate) async fn delete_user(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path(Id(id)): Path<Id>,
) -> Result<StatusCode, Problem> {
    let removed = app
        .service
        .remove_account(&Authority::Bearer(token), &id)
        .await?;
    removed
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|error| refuse(&app, error))
}

problems!(
    ActRefusals = BEARER,
    [ACCOUNT_NOT_FOUND, BEYOND_OWN_RIGHTS, FORBIDDEN]
);

/// End all sessions of an account
///
/// Needs `sessions:end`.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}/sessions",
    tag = "administration",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The account.")),
    responses((status = 204, description = "The account has no session any more."), ActRefusals)
)]
pub(crate) async fn end_user_sessions(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path(Id(id)): Path<Id>,
) -> Result<StatusCode, Problem> {
    let ended = app
        .service
        .end_sessions(&Authority::Bearer(token), &id)
        .await?;
    ended
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|error| refuse(&app, error))
}

/// Unlock an account
///
/// Clears the failed attempts of the account. Needs `users:unlock`.
#[utoipa::path(
    post,
    path = "/v1/users/{id}/unlock",
    tag = "administration",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The account.")),
    responses((status = 204, description = "The owner can log in again."), ActRefusals)
)]
pub(crate) async fn unlock_user(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path(Id(id)): Path<Id>,
) -> Result<StatusCode, Problem> {
    let unlocked = app
        .service
        .unlock_account(&Authority::Bearer(token), &id)
        .await?;
    unlocked
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|error| refuse(&app, error))
}
