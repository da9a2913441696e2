//! The actor of an administrative operation, and what the roles of the policy allow it to do.

use auth_rules::rbac::{self, Permission, Role};

use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::clock;
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::types::Authority;
use crate::bindings::exports::countersign::auth::accounts::AdministrationError;
use crate::broken_contract;
use crate::flows::roles::find_roles;
use crate::flows::{accounts, authentication};
use crate::imports::{audit, convert};

/// Who carries out an administrative operation, and with which rights.
pub(crate) enum Actor {
    /// The bearer of an access token, with the roles that the account has now.
    Account { id: String, roles: Vec<Role> },
    /// The operator, who may do everything.
    Operator,
}

impl Actor {
    /// Returns the actor of `authority` if it has this permission. The roles are those that the
    /// account has now, not those in the token.
    pub(crate) fn with_permission(
        authority: Authority,
        permission: &str,
        settings: &Settings,
    ) -> Result<Self, AdministrationError> {
        let actor = match authority {
            Authority::Operator => Self::Operator,
            Authority::Bearer(token) => {
                let account = authentication::authenticate(&token, settings)
                    .map_err(AdministrationError::Token)?
                    .account;
                Self::Account {
                    roles: find_roles(&account.roles),
                    id: account.id,
                }
            }
        };
        actor.must_have(permission)?;
        Ok(actor)
    }

    /// Refuses an actor that lacks this permission.
    pub(crate) fn must_have(&self, permission: &str) -> Result<(), AdministrationError> {
        let Self::Account { id, roles } = self else {
            return Ok(());
        };
        let parsed = Permission::parse(permission).unwrap_or_else(|_| broken_contract());
        let question = rbac::Question {
            subject: id,
            permission: &parsed,
            owner: None,
        };
        match rbac::decide(roles, &question) {
            rbac::Decision::Allowed(_) => Ok(()),
            rbac::Decision::Denied(_) | rbac::Decision::Unmatched => {
                Err(AdministrationError::Forbidden(permission.to_owned()))
            }
        }
    }

    /// Refuses to grant a role that has more rights than the actor.
    pub(crate) fn may_hand_out(&self, role: &str) -> Result<(), AdministrationError> {
        let role = policy_source::find_role(role).ok_or(AdministrationError::UnknownRole)?;
        self.must_cover(&[convert::role_to_rule(role)])
    }

    /// Refuses to change an account that has more rights than the actor.
    pub(crate) fn may_touch(&self, account: &Account) -> Result<(), AdministrationError> {
        self.must_cover(&find_roles(&account.roles))
    }

    fn must_cover(&self, other: &[Role]) -> Result<(), AdministrationError> {
        match self {
            Self::Account { roles, .. } if !rbac::covers(roles, other) => {
                Err(AdministrationError::BeyondOwnRights)
            }
            Self::Account { .. } | Self::Operator => Ok(()),
        }
    }

    /// Refuses an operation of actors on their own accounts.
    pub(crate) fn must_not_be(&self, account_id: &str) -> Result<(), AdministrationError> {
        match self {
            Self::Account { id, .. } if id == account_id => Err(AdministrationError::OwnAccount),
            Self::Account { .. } | Self::Operator => Ok(()),
        }
    }

    /// Stores what `change` returns for the account and records the event; does neither when
    /// `change` returns nothing. The changed account must not have more rights than the actor
    /// either: an account that loses a role with denials may gain rights.
    pub(crate) fn change(
        &self,
        id: &str,
        kind: EventKind,
        object: Option<&str>,
        change: &dyn Fn(Account) -> Option<Account>,
    ) -> Result<Account, AdministrationError> {
        loop {
            let account = find(id)?;
            self.may_touch(&account)?;
            let Some(changed) = change(account.clone()) else {
                return Ok(account);
            };
            self.may_touch(&changed)?;
            if let Ok(changed) = accounts::replace(&account, changed, clock::now()) {
                self.note(kind, id, object);
                return Ok(changed);
            }
        }
    }

    /// Records an event of this actor in the audit log.
    pub(crate) fn note(&self, kind: EventKind, subject: &str, object: Option<&str>) {
        let actor = match self {
            Self::Account { id, .. } => Some(id.as_str()),
            Self::Operator => None,
        };
        audit::note_by(kind, actor, Some(subject), object);
    }
}

/// Finds the account with this id.
pub(crate) fn find(id: &str) -> Result<Account, AdministrationError> {
    account_store::find(id).ok_or(AdministrationError::NotFound)
}
