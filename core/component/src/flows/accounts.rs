//! How the flows read, change and show accounts.

use auth_rules::attempt::Target;
use auth_rules::email::{Email, Keys};
use auth_rules::session::AccountFacts;

use crate::bindings::countersign::auth::account_store::{self, Account, InsertError};
use crate::bindings::countersign::auth::types::{
    AccountOrigin, AccountStatus, AccountView, ReplaceError,
};
use crate::broken_contract;

/// The values that a new account starts with.
pub(crate) struct NewAccount<'a> {
    pub(crate) id: String,
    pub(crate) email: &'a Email,
    pub(crate) password_hash: String,
    pub(crate) initial_until: Option<u64>,
    pub(crate) roles: Vec<String>,
    pub(crate) origin: AccountOrigin,
    pub(crate) now: u64,
}

impl From<NewAccount<'_>> for Account {
    fn from(new: NewAccount<'_>) -> Self {
        Self {
            id: new.id,
            email: new.email.as_typed().to_owned(),
            email_key: new.email.key().to_owned(),
            password_hash: new.password_hash,
            initial_until: new.initial_until,
            roles: new.roles,
            status: AccountStatus::Active,
            origin: new.origin,
            session_epoch: 1,
            surviving_session: None,
            throttle_epoch: 1,
            created_at: new.now,
            updated_at: new.now,
            version: 1,
        }
    }
}

/// Returns the account without its secrets.
pub(crate) fn view(account: &Account) -> AccountView {
    AccountView {
        id: account.id.clone(),
        email: account.email.clone(),
        roles: account.roles.clone(),
        status: account.status,
        origin: account.origin,
        created_at: account.created_at,
        updated_at: account.updated_at,
    }
}

/// Returns what the rules for sessions need to know of an account.
pub(crate) fn facts(account: &Account) -> AccountFacts<'_> {
    AccountFacts {
        active: account.status == AccountStatus::Active,
        epoch: account.session_epoch,
        survivor: account.surviving_session.as_deref(),
    }
}

/// Finds the account of an address. The number of calls depends on the address alone.
pub(crate) fn find_by_address(keys: &Keys) -> Option<Account> {
    let found = account_store::find_by_email(keys.key());
    let former = keys.former().iter();
    let former = former.filter_map(|key| account_store::find_by_email(key));
    // Each key is looked up, so that a hit ends nothing early.
    former.fold(found, |found, former| found.or(Some(former)))
}

/// Adds an account, unless the address belongs to one, also under a key of earlier releases.
pub(crate) fn insert(account: &Account, email: &Email) -> Result<(), InsertError> {
    let former = email.keys().former().iter();
    let taken = former.filter(|key| account_store::find_by_email(key).is_some());
    if taken.count() > 0 {
        return Err(InsertError::EmailTaken);
    }
    account_store::insert(account)
}

/// Returns the account as the target of attempts to prove its password.
pub(crate) fn target(account: &Account) -> Target {
    Target {
        account_id: account.id.clone(),
        throttle_epoch: account.throttle_epoch,
        session_epoch: account.session_epoch,
    }
}

/// Whether the account is active and has this role.
pub(crate) fn is_active_with(account: &Account, role: &str) -> bool {
    account.status == AccountStatus::Active && account.roles.iter().any(|other| other == role)
}

/// Returns the next number of an epoch or a version.
pub(crate) fn next(number: u64) -> u64 {
    number.checked_add(1).unwrap_or_else(|| broken_contract())
}

/// Returns the account with all its sessions ended except `survivor`. The caller still has to store
/// it.
pub(crate) fn without_sessions(account: Account, survivor: Option<&str>) -> Account {
    Account {
        session_epoch: next(account.session_epoch),
        surviving_session: survivor.map(str::to_owned),
        ..account
    }
}

/// Reads the account again and returns it, if its password is still the one that was proved.
pub(crate) fn find_unchanged(proved: &Account) -> Option<Account> {
    account_store::find(&proved.id).filter(|account| account.password_hash == proved.password_hash)
}

/// Stores `changed`, which was made from `before`, as the next version of the account.
pub(crate) fn replace(
    before: &Account,
    changed: Account,
    now: u64,
) -> Result<Account, ReplaceError> {
    let changed = Account {
        updated_at: now,
        version: next(before.version),
        ..changed
    };
    account_store::replace(&changed, before.version)?;
    Ok(changed)
}
