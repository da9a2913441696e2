//! Implements the export `accounts`: administration of accounts.

use auth_rules::email::{self, Email, Keys};
use auth_rules::page;
use auth_rules::password::{self, NewPassword};
use auth_rules::session;

use crate::Component;
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
use crate::flows::accounts::{self, NewAccount as AccountStart};
use crate::flows::authority::{self, Actor};
use crate::flows::setup;
use crate::imports::{convert, entropy, hashing};

const MILLIS_PER_HOUR: u64 = 3_600_000;

impl Guest for Component {
    fn list(
        authority: Authority,
        search: String,
        page: PageRequest,
    ) -> Result<AccountPage, AdministrationError> {
        Actor::with_permission(authority, "users:list", &policy_source::read_settings())?;
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
        Actor::with_permission(authority, "users:read", &policy_source::read_settings())?;
        authority::find(&id).map(|account| accounts::view(&account))
    }

    fn find(authority: Authority, email: String) -> Result<AccountView, AdministrationError> {
        Actor::with_permission(authority, "users:read", &policy_source::read_settings())?;
        let keys = Keys::of(&email).ok_or(AdministrationError::NotFound)?;
        accounts::find_by_address(&keys)
            .map(|account| accounts::view(&account))
            .ok_or(AdministrationError::NotFound)
    }

    fn create(
        authority: Authority,
        account: NewAccount,
    ) -> Result<CreatedAccount, AdministrationError> {
        let settings = policy_source::read_settings();
        let actor = Actor::with_permission(authority, "users:create", &settings)?;
        for role in &account.roles {
            actor.must_have("roles:grant")?;
            actor.may_hand_out(role)?;
        }
        create(&actor, account, &settings)
    }

    fn set_status(
        authority: Authority,
        id: String,
        status: AccountStatus,
    ) -> Result<AccountView, AdministrationError> {
        let settings = policy_source::read_settings();
        let actor = Actor::with_permission(authority, "users:disable", &settings)?;
        actor.must_not_be(&id)?;
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
        let settings = policy_source::read_settings();
        let actor = Actor::with_permission(authority, "users:delete", &settings)?;
        actor.must_not_be(&id)?;
        loop {
            let account = authority::find(&id)?;
            actor.may_touch(&account)?;
            if account_store::remove(&id, account.version).is_ok() {
                break;
            }
        }
        // The sessions ended with their account. Removing them deletes the personal data that they
        // hold.
        remove_sessions(&id);
        actor.note(EventKind::AccountDeleted, &id, None);
        Ok(())
    }

    fn grant(
        authority: Authority,
        id: String,
        role: String,
    ) -> Result<AccountView, AdministrationError> {
        let settings = policy_source::read_settings();
        let actor = Actor::with_permission(authority, "roles:grant", &settings)?;
        actor.may_hand_out(&role)?;
        let granted = std::slice::from_ref(&role);
        let changed = setup::closing(&actor, &settings.administrator, &id, granted, || {
            actor.change(&id, EventKind::RoleGranted, Some(&role), &|mut account| {
                (!account.roles.contains(&role)).then(|| {
                    account.roles.push(role.clone());
                    account
                })
            })
        })?;
        Ok(accounts::view(&changed))
    }

    fn take(
        authority: Authority,
        id: String,
        role: String,
    ) -> Result<AccountView, AdministrationError> {
        let settings = policy_source::read_settings();
        let actor = Actor::with_permission(authority, "roles:take", &settings)?;
        actor.must_not_be(&id)?;
        let changed = actor.change(&id, EventKind::RoleTaken, Some(&role), &|mut account| {
            account.roles.contains(&role).then(|| {
                account.roles.retain(|other| *other != role);
                account
            })
        })?;
        Ok(accounts::view(&changed))
    }

    fn end_sessions(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let settings = policy_source::read_settings();
        let actor = Actor::with_permission(authority, "sessions:end", &settings)?;
        let changed = actor.change(&id, EventKind::SessionsEnded, None, &|account| {
            Some(accounts::without_sessions(account, None))
        });
        changed.map(drop)
    }

    fn unlock(authority: Authority, id: String) -> Result<(), AdministrationError> {
        let settings = policy_source::read_settings();
        let actor = Actor::with_permission(authority, "users:unlock", &settings)?;
        let changed = actor.change(&id, EventKind::AccountUnlocked, None, &|account| {
            Some(Account {
                throttle_epoch: accounts::next(account.throttle_epoch),
                ..account
            })
        });
        changed.map(drop)
    }
}

/// The password of a new account, before it is hashed.
struct FirstPassword {
    text: String,
    /// Set for an initial password: the time until which the owner may replace it.
    initial_until: Option<u64>,
}

fn create(
    actor: &Actor,
    new: NewAccount,
    settings: &Settings,
) -> Result<CreatedAccount, AdministrationError> {
    let email = Email::parse(&new.email).map_err(|violation| {
        AdministrationError::InvalidEmail(convert::email_violation(violation))
    })?;
    let now = clock::now();
    let first = first_password(actor, new.password, &email, settings, now)?;
    password_hasher::admit().map_err(|_| AdministrationError::Busy)?;
    let account = Account::from(AccountStart {
        id: entropy::fresh_id(now),
        email: &email,
        password_hash: hashing::hash_text(&first.text, settings.hashing),
        initial_until: first.initial_until,
        roles: without_duplicates(new.roles),
        now,
    });
    let administrator = &settings.administrator;
    setup::closing(actor, administrator, &account.id, &account.roles, || {
        accounts::insert(&account, &email).map_err(|_| AdministrationError::EmailTaken)
    })?;
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
    // An administrator who acts over the network must not know a password that stays valid.
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
        let sessions = session_store::list_by_account(account_id, None, session::MAX_PER_ACCOUNT);
        if sessions.is_empty() {
            return;
        }
        for session in sessions {
            session_store::remove(&session.id);
        }
    }
}
