//! Export `directory`.

use auth_rules::email::{self, Email};
use auth_rules::page;
use auth_rules::password::{self, NewPassword};
use auth_rules::rbac::{self, Permission, Role};

use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::session_store;
use crate::bindings::countersign::auth::types::{
    AccountStatus, AccountView, Authority, PageRequest,
};
use crate::bindings::countersign::auth::{clock, password_hasher};
use crate::bindings::exports::countersign::auth::accounts::{
    AccountPage, AdministrationError, CreatedAccount, Guest, InitialPassword, NewAccount,
};
use crate::exports::access;
use crate::flows::accounts::{self, NewAccount as AccountStart};
use crate::flows::authentication;
use crate::flows::setup_code::{self, Claim};
use crate::imports::{audit, convert, entropy, hashing};
use crate::{Component, broken_contract};

const MILLIS_PER_HOUR: u64 = 3_600_000;
const SESSIONS_AT_ONCE: u32 = 256;

impl Guest for Component {
    fn list(
        authority: Authority,
        search: String,
        page: PageRequest,
    ) -> Result<AccountPage, AdministrationError> {
        Actor::with_permission(authority, "users:list")?;
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
    }

    fn read(authority: Authority, id: String) -> Result<AccountView, AdministrationError> {
        Actor::with_permission(authority, "users:read")?;
        find(&id).map(|account| accounts::view(&account))
    }

    fn create(
        authority: Authority,
        account: NewAccount,
    ) -> Result<CreatedAccount, AdministrationError> {
        let actor = Actor::with_permission(authority, "users:create")?;
        for role in &account.roles {
            actor.must_have("roles:grant")?;
            actor.may_hand_out(role)?;
        }
        create(&actor, account)
    }

    fn set_status(
        authority: Authority,
        id: String,
        status: AccountStatus,
    ) -> Result<AccountView, AdministrationError> {
        let actor = Actor::with_permission(authority, "users:disable")?;
        actor.is_somebody_else(&id)?;
        let kind = match status {
            AccountStatus::Active => EventKind::AccountEnabled,
            AccountStatus::Disabled => EventKind::AccountDisabled,
        };
        let changed = actor.change(&id, kind, None, &|account| {
            (account.status != status).then(|| Account {
                status,
                ..accounts::without_sessions(account, None)
            })
        })?;
        Ok(accounts::view(&changed))
    }

    fn remove(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let actor = Actor::with_permission(authority, "users:delete")?;
        actor.is_somebody_else(&id)?;
        loop {
            let account = find(&id)?;
            actor.may_touch(&account)?;
            if account_store::remove(&id, account.version).is_ok() {
                break;
            }
        }
        // They were over with their account; this only takes what they say of a person with it.
        remove_sessions(&id);
        actor.note(EventKind::AccountDeleted, &id, None);
        Ok(())
    }

    fn grant(
        authority: Authority,
        id: String,
        role: String,
    ) -> Result<AccountView, AdministrationError> {
        let actor = Actor::with_permission(authority, "roles:grant")?;
        actor.may_hand_out(&role)?;
        let claim = forestall_setup(&id, std::slice::from_ref(&role));
        let changed = actor.change(&id, EventKind::RoleGranted, Some(&role), &|mut account| {
            (!account.roles.contains(&role)).then(|| {
                account.roles.push(role.clone());
                account
            })
        });
        settle_setup(&actor, &id, claim, changed.is_ok());
        changed.map(|account| accounts::view(&account))
    }

    fn take(
        authority: Authority,
        id: String,
        role: String,
    ) -> Result<AccountView, AdministrationError> {
        let actor = Actor::with_permission(authority, "roles:take")?;
        actor.is_somebody_else(&id)?;
        let changed = actor.change(&id, EventKind::RoleTaken, Some(&role), &|mut account| {
            account.roles.contains(&role).then(|| {
                account.roles.retain(|other| *other != role);
                account
            })
        })?;
        Ok(accounts::view(&changed))
    }

    fn end_sessions(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let actor = Actor::with_permission(authority, "sessions:end")?;
        let changed = actor.change(&id, EventKind::SessionsEnded, None, &|account| {
            Some(accounts::without_sessions(account, None))
        });
        changed.map(drop)
    }

    fn unlock(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let actor = Actor::with_permission(authority, "users:unlock")?;
        let changed = actor.change(&id, EventKind::AccountUnlocked, None, &|account| {
            Some(Account {
                throttle_epoch: accounts::next(account.throttle_epoch),
                ..account
            })
        });
        changed.map(drop)
    }
}

/// In whose name an operation is done, and what that one may do.
enum Actor {
    Account { id: String, roles: Vec<Role> },
    Operator,
}

impl Actor {
    /// The roles are those that the account has now, not those of the token.
    fn with_permission(
        authority: Authority,
        permission: &str,
    ) -> Result<Self, AdministrationError> {
        let actor = match authority {
            Authority::Operator => Self::Operator,
            Authority::Bearer(token) => {
                let account = authentication::authenticate(&token)
                    .map_err(AdministrationError::Token)?
                    .account;
                Self::Account {
                    roles: access::find_roles(&account.roles),
                    id: account.id,
                }
            }
        };
        actor.must_have(permission)?;
        Ok(actor)
    }

    fn must_have(&self, permission: &str) -> Result<(), AdministrationError> {
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

    /// Nobody hands out more than they may do themselves.
    fn may_hand_out(&self, role: &str) -> Result<(), AdministrationError> {
        let role = policy_source::find_role(role).ok_or(AdministrationError::UnknownRole)?;
        self.must_cover(&[convert::role_to_rule(role)])
    }

    /// Nobody disables, unlocks or otherwise touches an account that may do more.
    fn may_touch(&self, account: &Account) -> Result<(), AdministrationError> {
        self.must_cover(&access::find_roles(&account.roles))
    }

    fn must_cover(&self, other: &[Role]) -> Result<(), AdministrationError> {
        match self {
            Self::Account { roles, .. } if !rbac::covers(roles, other) => {
                Err(AdministrationError::BeyondOwnRights)
            }
            Self::Account { .. } | Self::Operator => Ok(()),
        }
    }

    fn is_somebody_else(&self, account_id: &str) -> Result<(), AdministrationError> {
        match self {
            Self::Account { id, .. } if id == account_id => Err(AdministrationError::OwnAccount),
            Self::Account { .. } | Self::Operator => Ok(()),
        }
    }

    /// Writes what `change` makes of the account and notes the event; neither when it makes nothing.
    /// What it makes must not be beyond the actor either: without a role that denies, an account may
    /// do more.
    fn change(
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

    fn note(&self, kind: EventKind, subject: &str, object: Option<&str>) {
        let actor = match self {
            Self::Account { id, .. } => Some(id.as_str()),
            Self::Operator => None,
        };
        audit::note_by(kind, actor, Some(subject), object);
    }
}

fn find(id: &str) -> Result<Account, AdministrationError> {
    account_store::find(id).ok_or(AdministrationError::NotFound)
}

/// Keeps the set-up from making a first administrator beside the one that an account with these roles
/// is to become. Before the account is written: a crash must not leave an administrator and an open
/// set-up.
fn forestall_setup(account_id: &str, roles: &[String]) -> Option<Claim> {
    let administrator = policy_source::read_settings().administrator;
    roles
        .contains(&administrator)
        .then(|| setup_code::forestall(account_id))
        .flatten()
}

/// Closes the set-up when the account has become an administrator; opens it again otherwise.
fn settle_setup(actor: &Actor, account_id: &str, claim: Option<Claim>, is_made: bool) {
    let Some(claim) = claim else { return };
    if !is_made {
        return claim.reopen();
    }
    let mut claim = Some(claim);
    while let Some(written) = claim {
        // Who loses does so against `begin`, which made another code before the account was there.
        claim = if written.spend() {
            None
        } else {
            setup_code::forestall(account_id)
        };
    }
    actor.note(EventKind::SetupCompleted, account_id, None);
}

/// A password to hash, and until when it may be replaced when it is an initial one.
struct FirstPassword {
    text: String,
    initial_until: Option<u64>,
}

fn create(actor: &Actor, new: NewAccount) -> Result<CreatedAccount, AdministrationError> {
    let settings = policy_source::read_settings();
    let email = Email::parse(&new.email).map_err(|violation| {
        AdministrationError::InvalidEmail(convert::email_violation(violation))
    })?;
    let now = clock::now();
    let first = first_password(actor, new.password, &email, &settings, now)?;
    password_hasher::admit().map_err(|_| AdministrationError::Busy)?;
    let account = Account::from(AccountStart {
        id: entropy::fresh_id(now),
        email: &email,
        password_hash: hashing::hash_text(&first.text, settings.hashing),
        initial_until: first.initial_until,
        roles: without_duplicates(new.roles),
        now,
    });
    let claim = forestall_setup(&account.id, &account.roles);
    let inserted = account_store::insert(&account).map_err(|_| AdministrationError::EmailTaken);
    settle_setup(actor, &account.id, claim, inserted.is_ok());
    inserted?;
    actor.note(EventKind::AccountCreated, &account.id, None);
    Ok(CreatedAccount {
        account: accounts::view(&account),
        initial_password: first.initial_until.map(|expires_at| InitialPassword {
            password: first.text,
            expires_at,
        }),
    })
}

fn first_password(
    actor: &Actor,
    chosen: Option<String>,
    email: &Email,
    settings: &Settings,
    now: u64,
) -> Result<FirstPassword, AdministrationError> {
    let Some(chosen) = chosen else {
        let hours = u64::from(settings.password.initial_hours);
        return Ok(FirstPassword {
            text: password::initial_password(&entropy::random()),
            initial_until: Some(now.saturating_add(hours.saturating_mul(MILLIS_PER_HOUR))),
        });
    };
    // An administrator over the network must not know a password that stays in force.
    if matches!(actor, Actor::Account { .. }) {
        return Err(AdministrationError::Forbidden(
            "users:choose-password".to_owned(),
        ));
    }
    let rule = convert::password_to_rule(&settings.password);
    let chosen = NewPassword::parse(&chosen, &rule, email.key()).map_err(|violations| {
        AdministrationError::WeakPassword(convert::password_violations(violations))
    })?;
    Ok(FirstPassword {
        text: chosen.as_str().to_owned(),
        initial_until: None,
    })
}

fn without_duplicates(roles: Vec<String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(roles.len());
    for role in roles {
        if !unique.contains(&role) {
            unique.push(role);
        }
    }
    unique
}

fn remove_sessions(account_id: &str) {
    loop {
        let sessions = session_store::list_by_account(account_id, None, SESSIONS_AT_ONCE);
        if sessions.is_empty() {
            return;
        }
        for session in sessions {
            session_store::remove(&session.id);
        }
    }
}
