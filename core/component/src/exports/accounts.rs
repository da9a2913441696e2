//! Implements the export `accounts`: administration of accounts.

use auth_rules::email::{self, Keys};
use auth_rules::{access_token, page, rbac, session};

use crate::Component;
use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::session_store;
use crate::bindings::countersign::auth::types::{
    AccountOrigin, AccountStatus, AccountView, Authority, PageRequest,
};
use crate::bindings::exports::countersign::auth::accounts::{
    AccountPage, AdministrationError, CreatedAccount, Guest, NewAccount,
};
use crate::flows::administration::{self, Change, Operation};
use crate::flows::authority::{Actor, administer};
use crate::flows::{accounts, create_account, setup};

impl Guest for Component {
    fn list(
        authority: Authority,
        search: String,
        page: PageRequest,
    ) -> Result<AccountPage, AdministrationError> {
        let settings = policy_source::read_settings();
        administer(authority, "users:list", None, &settings, |_| {
            let limit = page::limit(page.limit).ok_or(AdministrationError::InvalidPage)?;
            let after = page
                .cursor
                .map(|cursor| page::cursor_decode(&cursor).ok_or(AdministrationError::InvalidPage));
            let after = after.transpose()?;
            let prefix = email::search_prefix(&search);
            let found = account_store::list_page(&prefix, after.as_deref(), limit);
            let last = found.items.last().filter(|_| found.more);
            Ok(AccountPage {
                next: last.map(|account| page::cursor_encode(&account.email_key)),
                items: found.items.iter().map(accounts::view).collect(),
            })
        })
    }

    fn read(authority: Authority, id: String) -> Result<AccountView, AdministrationError> {
        let settings = policy_source::read_settings();
        administer(authority, "users:read", Some(&id), &settings, |_| {
            administration::find(&id).map(|account| accounts::view(&account))
        })
    }

    fn find(authority: Authority, email: String) -> Result<AccountView, AdministrationError> {
        let settings = policy_source::read_settings();
        administer(authority, "users:read", None, &settings, |_| {
            let keys = Keys::of(&email).ok_or(AdministrationError::NotFound)?;
            accounts::find_by_address(&keys)
                .map(|account| accounts::view(&account))
                .ok_or(AdministrationError::NotFound)
        })
    }

    fn create(
        authority: Authority,
        account: NewAccount,
    ) -> Result<CreatedAccount, AdministrationError> {
        let settings = policy_source::read_settings();
        administer(
            authority,
            create_account::PERMISSION,
            None,
            &settings,
            |actor| create_account::create(actor, account, &settings),
        )
    }

    fn set_status(
        authority: Authority,
        id: String,
        status: AccountStatus,
    ) -> Result<AccountView, AdministrationError> {
        let kind = match status {
            AccountStatus::Active => EventKind::AccountEnabled,
            AccountStatus::Disabled => EventKind::AccountDisabled,
        };
        let changed = change(authority, "users:disable", &id, (kind, None), |account| {
            Ok(if account.status == status {
                Change::Nothing
            } else {
                Change::Replace(Box::new(Account {
                    status,
                    ..accounts::without_sessions(account, None)
                }))
            })
        })?;
        Ok(accounts::view(&changed))
    }

    fn remove(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let event = (EventKind::AccountDeleted, None);
        change(authority, "users:delete", &id, event, |_| {
            Ok(Change::Remove)
        })?;
        // The sessions ended with their account. Removing them deletes the personal data that they
        // hold.
        remove_sessions(&id);
        Ok(())
    }

    fn grant(
        authority: Authority,
        id: String,
        role: String,
        allow_unproved_address: bool,
    ) -> Result<AccountView, AdministrationError> {
        let settings = policy_source::read_settings();
        administer(authority, "roles:grant", Some(&id), &settings, |actor| {
            let administers = rbac::administers(&actor.may_hand_out(&role)?);
            let needs_proof = administers && !allow_unproved_address;
            let granted = std::slice::from_ref(&role);
            let event = (EventKind::RoleGranted, Some(role.as_str()));
            let changed = setup::closing(actor, &settings.administrator, &id, granted, || {
                operation(actor, "roles:grant", &settings, event)
                    .carry_out(&id, &|account| with_role(account, &role, needs_proof))
            })?;
            Ok(accounts::view(&changed))
        })
    }

    fn take(
        authority: Authority,
        id: String,
        role: String,
    ) -> Result<AccountView, AdministrationError> {
        let event = (EventKind::RoleTaken, Some(role.as_str()));
        let changed = change(authority, "roles:take", &id, event, |mut account| {
            if !account.roles.contains(&role) {
                return Ok(Change::Nothing);
            }
            account.roles.retain(|other| *other != role);
            Ok(Change::Replace(Box::new(account)))
        })?;
        Ok(accounts::view(&changed))
    }

    fn end_sessions(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let settings = policy_source::read_settings();
        administer(authority, "sessions:end", Some(&id), &settings, |actor| {
            let event = (EventKind::SessionsEnded, None);
            let operation = operation(actor, "sessions:end", &settings, event);
            operation.carry_out(&id, &|account| {
                let ended = accounts::without_sessions(account, None);
                Ok(Change::Replace(Box::new(ended)))
            })
        })
        .map(drop)
    }

    fn unlock(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let settings = policy_source::read_settings();
        administer(authority, "users:unlock", Some(&id), &settings, |actor| {
            let event = (EventKind::AccountUnlocked, None);
            let operation = operation(actor, "users:unlock", &settings, event);
            operation.carry_out(&id, &|account| {
                Ok(Change::Replace(Box::new(Account {
                    throttle_epoch: accounts::next(account.throttle_epoch),
                    ..account
                })))
            })
        })
        .map(drop)
    }
}

/// Changes the account of somebody else.
fn change(
    authority: Authority,
    permission: &str,
    id: &str,
    event: (EventKind, Option<&str>),
    decide: impl Fn(Account) -> Result<Change, AdministrationError>,
) -> Result<Account, AdministrationError> {
    let settings = policy_source::read_settings();
    administer(authority, permission, Some(id), &settings, |actor| {
        actor.must_not_be(id)?;
        operation(actor, permission, &settings, event).carry_out(id, &decide)
    })
}

fn operation<'a>(
    actor: &'a Actor,
    permission: &'a str,
    settings: &'a Settings,
    event: (EventKind, Option<&'a str>),
) -> Operation<'a> {
    Operation {
        actor,
        permission,
        administrator: &settings.administrator,
        event,
    }
}

/// The account with one more role. `needs_proof` says that the role must not go to an account whose
/// address nobody has proved.
fn with_role(
    mut account: Account,
    role: &str,
    needs_proof: bool,
) -> Result<Change, AdministrationError> {
    if account.roles.iter().any(|other| other == role) {
        return Ok(Change::Nothing);
    }
    if needs_proof && account.origin == AccountOrigin::Registered {
        return Err(AdministrationError::UnprovedAddress);
    }
    account.roles.push(role.to_owned());
    if !access_token::roles_fit(&account.roles) {
        return Err(AdministrationError::TooManyRoles);
    }
    Ok(Change::Replace(Box::new(account)))
}

fn remove_sessions(account_id: &str) {
    loop {
        let sessions = session_store::list_by_account(account_id, None, session::MAX_PER_ACCOUNT);
        if sessions.is_empty() {
            return;
        }
        for session in sessions {
            session_store::remove(&session.id);
        }
    }
}
