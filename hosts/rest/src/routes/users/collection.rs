//! `/v1/users`: the list of accounts, and new ones.

use super::refusal::{invalid_parameter, refuse};
use auth_runtime::{AdministrationError, Authority, CreatedAccount, NewAccount, PageRequest};
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::Shared;
use crate::extract::bearer::Bearer;
use crate::extract::json::{Json, Query, decimal};
use crate::openapi::problems;
use crate::problem::{InputError, Place, Problem};
use crate::representations::account::Account;
use crate::representations::timestamp::Timestamp;

/// How many accounts a page has unless the request says otherwise.
const DEFAULT_LIMIT: u32 = 50;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// The beginning of the address.
    #[param(example = "ada@")]
    search: Option<String>,
    /// The most accounts to answer with: 50 when left out, 200 at most.
    #[serde(default, deserialize_with = "decimal")]
    #[param(minimum = 1, maximum = 4_294_967_295_u32, format = Int64, example = 50)]
    limit: Option<u32>,
    /// The `next` of the previous page.
    cursor: Option<String>,
}

/// One page of accounts, ordered by address.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountPage {
    items: Vec<Account>,
    /// The `cursor` of the next page; null on the last page.
    #[schema(required)]
    next: Option<String>,
}

problems!(ListRefusals = BEARER, [FORBIDDEN, INVALID_REQUEST]);

/// List accounts
///
/// Needs `users:list`.
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "administration",
    security(("bearer" = [])),
    params(Search),
    responses((status = 200, description = "A page of accounts.", body = AccountPage), ListRefusals)
)]
pub(crate) async fn list_users(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Query(query): Query<Search>,
) -> Result<axum::Json<AccountPage>, Problem> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let page = PageRequest {
        limit,
        cursor: query.cursor,
    };
    let search = query.search.unwrap_or_default();
    match app
        .service
        .list_accounts(&Authority::Bearer(token), &search, &page)
        .await?
    {
        Ok(page) => {
            let items = page.items.into_iter().map(Account::from).collect();
            Ok(axum::Json(AccountPage {
                items,
                next: page.next,
            }))
        }
        Err(AdministrationError::InvalidPage) if limit == 0 => Err(invalid_parameter(
            "limit",
            "out-of-range",
            "a page has at least 1 item",
        )),
        Err(error) => Err(refuse(&app, error)),
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    #[schema(example = "grace@example.com")]
    email: String,
    /// Names of roles in the policy. The account gets no roles when this is left out.
    #[schema(example = json!(["user"]))]
    roles: Option<Vec<String>>,
}

/// A new account and its initial password, which the owner has to replace at the first login.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedUser {
    #[serde(flatten)]
    account: Account,
    /// No later answer shows it. It works only in a login with `new_password`.
    #[schema(format = Password, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_password: Option<String>,
    /// When the initial password expires.
    #[schema(value_type = String, format = DateTime, example = "2026-02-03T09:30:00.000Z")]
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_password_expires_at: Option<Timestamp>,
}

impl From<CreatedAccount> for CreatedUser {
    fn from(created: CreatedAccount) -> Self {
        let account = created.account.into();
        let initial = created
            .initial_password
            .map(|it| (it.password, Timestamp(it.expires_at)));
        let (initial_password, initial_password_expires_at) = initial.unzip();
        Self {
            account,
            initial_password,
            initial_password_expires_at,
        }
    }
}

problems!(
    CreateRefusals = BEARER + BODY,
    [
        BEYOND_OWN_RIGHTS,
        BUSY,
        EMAIL_TAKEN,
        FORBIDDEN,
        TOO_MANY_ROLES
    ]
);

/// Create an account
///
/// Needs `users:create`, and for each role the permissions that granting it needs. The service
/// generates an initial password. Pass it to the owner over a channel that you trust.
#[utoipa::path(
    post,
    path = "/v1/users",
    tag = "administration",
    security(("bearer" = [])),
    request_body = NewUser,
    responses(
        (
            status = 201,
            description = "The account and its initial password.",
            body = CreatedUser,
            headers(("Location" = String, description = "The path of the account.")),
            links((
                "ShowUser" = (
                    operation_id = "show_user",
                    parameters(("id" = "$response.body#/id")),
                    description = "The account that was created.",
                )
            )),
        ),
        CreateRefusals,
    )
)]
pub(crate) async fn create_user(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    Json(body): Json<NewUser>,
) -> Result<
    (
        StatusCode,
        [(HeaderName, String); 1],
        axum::Json<CreatedUser>,
    ),
    Problem,
> {
    let roles = body.roles.unwrap_or_default();
    let account = NewAccount {
        email: body.email,
        roles,
        password: None,
    };
    match app
        .service
        .create_account(&Authority::Bearer(token), &account)
        .await?
    {
        Ok(created) => {
            let location = format!("/v1/users/{}", created.account.id);
            Ok((
                StatusCode::CREATED,
                [(LOCATION, location)],
                axum::Json(created.into()),
            ))
        }
        Err(AdministrationError::UnknownRole) => Err(Problem::invalid_request(vec![InputError {
            place: Place::Pointer("/roles".into()),
            code: "unknown-role",
            detail: "the policy does not define each of these roles".into(),
        }])),
        Err(error) => Err(refuse(&app, error)),
    }
}
