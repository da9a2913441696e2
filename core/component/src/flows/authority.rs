//! The actor of an administrative operation, and what the roles of the policy allow it to do.

use auth_rules::rbac::{self, Permission, Role};

use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::types::Authority;
use crate::bindings::exports::countersign::auth::accounts::AdministrationError;
use crate::broken_contract;
use crate::flows::authentication::{self, Bearer};
use crate::flows::roles::find_roles;
use crate::imports::{audit, convert};

/// Who carries out an administrative operation, and with which rights.
pub(crate) enum Actor {
    /// The bearer of an access token, with the roles that the account has now.
    Account {
        bearer: Box<Bearer>,
        roles: Vec<Role>,
    },
    /// The operator, who may do everything.
    Operator,
}

/// Carries out an operation on the account `subject`, if there is one, for an actor that has this
/// permission. A refusal for lack of rights is noted in the audit log.
pub(crate) fn administer<T>(
    authority: Authority,
    permission: &str,
    subject: Option<&str>,
    settings: &Settings,
    act: impl FnOnce(&Actor) -> Result<T, AdministrationError>,
) -> Result<T, AdministrationError> {
    let actor = Actor::authenticate(authority, settings)?;
    let done = actor.must_have(permission).and_then(|()| act(&actor));
    if let Err(error) = &done
        && is_lack_of_rights(error)
    {
        let refused = match error {
            AdministrationError::Forbidden(needed) => needed,
            _ => permission,
        };
        audit::note_by(
            EventKind::AdministrationRefused,
            actor.id(),
            subject,
            Some(refused),
        );
    }
    done
}

fn is_lack_of_rights(error: &AdministrationError) -> bool {
    matches!(
        error,
        AdministrationError::BeyondOwnRights
            | AdministrationError::Forbidden(_)
            | AdministrationError::LastAdministrator
            | AdministrationError::OwnAccount
    )
}

impl Actor {
    /// Returns the actor of `authority`. Its roles are those that the account has now, not those in
    /// the token.
    fn authenticate(
        authority: Authority,
        settings: &Settings,
    ) -> Result<Self, AdministrationError> {
        match authority {
            Authority::Operator => Ok(Self::Operator),
            Authority::Bearer(token) => authentication::authenticate(&token, settings)
                .map(Self::of)
                .map_err(AdministrationError::Token),
        }
    }

    fn of(bearer: Bearer) -> Self {
        Self::Account {
            roles: find_roles(&bearer.account.roles),
            bearer: Box::new(bearer),
        }
    }

    /// Reads the actor again, just before a write, and checks that it still has this permission.
    pub(crate) fn renewed(&self, permission: &str) -> Result<Self, AdministrationError> {
        let actor = match self {
            Self::Operator => Self::Operator,
            Self::Account { bearer, .. } => {
                authentication::find_live(&bearer.session_id, &bearer.account.id)
                    .map(Self::of)
                    .map_err(AdministrationError::Token)?
            }
        };
        actor.must_have(permission)?;
        Ok(actor)
    }

    /// The account that acts; `None` for the operator.
    pub(crate) fn account(&self) -> Option<&Account> {
        match self {
            Self::Account { bearer, .. } => Some(&bearer.account),
            Self::Operator => None,
        }
    }

    fn id(&self) -> Option<&str> {
        self.account().map(|account| account.id.as_str())
    }

    /// Refuses an actor that lacks this permission.
    pub(crate) fn must_have(&self, permission: &str) -> Result<(), AdministrationError> {
        let Self::Account { bearer, roles } = self else {
            return Ok(());
        };
        let parsed = Permission::parse(permission).unwrap_or_else(|_| broken_contract());
        let question = rbac::Question {
            subject: &bearer.account.id,
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
    pub(crate) fn may_hand_out(&self, role: &str) -> Result<Role, AdministrationError> {
        let role = policy_source::find_role(role).ok_or(AdministrationError::UnknownRole)?;
        let role = convert::role_to_rule(role);
        self.must_cover(std::slice::from_ref(&role))?;
        Ok(role)
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
        match self.id() {
            Some(id) if id == account_id => Err(AdministrationError::OwnAccount),
            _ => Ok(()),
        }
    }

    /// Records an event of this actor in the audit log.
    pub(crate) fn note(&self, kind: EventKind, subject: &str, object: Option<&str>) {
        audit::note_by(kind, self.id(), Some(subject), object);
    }
}
