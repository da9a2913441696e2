//! `/v1/users/{id}/roles/{role}`: the roles of one account.

use auth_runtime::Authority;
use axum::extract::State;

use serde::Deserialize;
use utoipa::ToSchema;

use super::refusal::refuse;
use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::json::OptionalJson;
use crate::extract::path::{Id, Path};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::representations::account::Account;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// That the account may get a role which gives permissions to administer Countersign, although
    /// somebody registered it and nothing proves that they own its address.
    #[serde(default)]
    allow_unproved_address: bool,
}

problems!(
    GrantRefusals = BEARER + BODY,
    [
        ACCOUNT_NOT_FOUND,
        BEYOND_OWN_RIGHTS,
        FORBIDDEN,
        ROLE_NOT_FOUND,
        TOO_MANY_ROLES,
        UNPROVED_ADDRESS,
    ]
);

/// Grant a role
///
/// Succeeds as well when the account has the role already. A role that gives permissions to administer
/// Countersign is not granted to an account that somebody registered, unless the body says so. Needs
/// `roles:grant`, and every permission of the role.
#[utoipa::path(
    put,
    path = "/v1/users/{id}/roles/{role}",
    tag = "administration",
    security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The account."),
        ("role" = String, Path, description = "A role of the policy."),
    ),
    request_body = Option<Grant>,
    responses((status = 200, description = "The changed account.", body = Account), GrantRefusals)
)]
pub(crate) async fn grant_role(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path((Id(id), role)): Path<(Id, String)>,
    OptionalJson(body): OptionalJson<Grant>,
) -> Result<axum::Json<Account>, Problem> {
    let allow_unproved_address = body.unwrap_or_default().allow_unproved_address;
    let account = app
        .service
        .grant_role(
            &Authority::Bearer(token),
            &id,
            &role,
            allow_unproved_address,
        )
        .await?;
    account
        .map(|account| axum::Json(account.into()))
        .map_err(|error| refuse(&app, error))
}

problems!(
    TakeRefusals = BEARER,
    [
        ACCOUNT_NOT_FOUND,
        BEYOND_OWN_RIGHTS,
        BUSY,
        FORBIDDEN,
        LAST_ADMINISTRATOR,
        OWN_ACCOUNT,
    ]
);

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
    responses((status = 200, description = "The changed account.", body = Account), TakeRefusals)
)]
pub(crate) async fn take_role(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Path((Id(id), role)): Path<(Id, String)>,
) -> Result<axum::Json<Account>, Problem> {
    let account = app
        .service
        .take_role(&Authority::Bearer(token), &id, &role)
        .await?;
    account
        .map(|account| axum::Json(account.into()))
        .map_err(|error| refuse(&app, error))
}
