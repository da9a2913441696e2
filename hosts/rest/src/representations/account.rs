//! Accounts as answers show them.

use auth_runtime::{AccountOrigin, AccountStatus, AccountView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::representations::timestamp::Timestamp;

/// An account, without its secrets.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account {
    #[schema(example = "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01")]
    pub(crate) id: String,
    /// The address as its owner typed it.
    #[schema(example = "ada@example.com")]
    email: String,
    /// Names of roles in the policy.
    #[schema(example = json!(["user"]))]
    roles: Vec<String>,
    status: Status,
    origin: Origin,
    #[schema(value_type = String, format = DateTime, example = "2026-01-31T09:30:00.000Z")]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-01-31T09:30:00.000Z")]
    updated_at: Timestamp,
}

/// Whether an account may log in.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Disabled,
}

/// How an account came to be: `registered` by somebody of whom nothing proves that the address is
/// theirs, `created` by an administrator, or made by the `operator`.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    Registered,
    Created,
    Operator,
}

impl From<AccountOrigin> for Origin {
    fn from(origin: AccountOrigin) -> Self {
        match origin {
            AccountOrigin::Created => Self::Created,
            AccountOrigin::Operator => Self::Operator,
            AccountOrigin::Registered => Self::Registered,
        }
    }
}

impl From<AccountView> for Account {
    fn from(view: AccountView) -> Self {
        Self {
            id: view.id,
            email: view.email,
            roles: view.roles,
            status: view.status.into(),
            origin: view.origin.into(),
            created_at: Timestamp(view.created_at),
            updated_at: Timestamp(view.updated_at),
        }
    }
}

impl From<AccountStatus> for Status {
    fn from(status: AccountStatus) -> Self {
        match status {
            AccountStatus::Active => Self::Active,
            AccountStatus::Disabled => Self::Disabled,
        }
    }
}

impl From<Status> for AccountStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Disabled => Self::Disabled,
        }
    }
}
