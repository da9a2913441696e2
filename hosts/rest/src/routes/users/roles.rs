//! `/v1/users/{id}/roles/{role}`: the roles of one account.

use auth_runtime::Authority;
use axum::extract::State;

use super::refusal::refuse;
use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::path::Path;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::representations::account::Account;

problems!(
    Refusals = BEARER,
    [
        ACCOUNT_NOT_FOUND,
        BEYOND_OWN_RIGHTS,
        FORBIDDEN,
        OWN_ACCOUNT,
        ROLE_NOT_FOUND,
    ]
);

/// Grant a role
///
/// Succeeds as well when the account has the role already. Needs `roles:grant`, and every permission of the role.
#[utoipa::path(
    put,
    path = "/v1/users/{id}/roles/{role}",
    tag = "administration",
    security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The account."),
        ("role" = String, Path, description = "A role of the policy."),
    ),
    responses((status = 200, description = "The changed account.", body = Account), Refusals)
)]
pub(crate) async fn grant_role(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path((id, role)): Path<(String, String)>,
) -> Result<axum::Json<Account>, Problem> {
    let account = app
        .service
        .grant_role(&Authority::Bearer(token), &id, &role)
        .await?;
    account
        .map(|account| axum::Json(account.into()))
        .map_err(|error| refuse(&app, error))
}

/// Take a role away
///
/// Succeeds as well when the account does not have the role. Needs `roles:take`.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}/roles/{role}",
    tag = "administration",
    security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The account."),
        ("role" = String, Path, description = "A role of the account."),
    ),
    responses((status = 200, description = "The changed account.", body = Account), Refusals)
)]
pub(crate) async fn take_role(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path((id, role)): Path<(String, String)>,
) -> Result<axum::Json<Account>, Problem> {
    let account = app
        .service
        .take_role(&Authority::Bearer(token), &id, &role)
        .await?;
    account
        .map(|account| axum::Json(account.into()))
        .map_err(|error| refuse(&app, error))
}
