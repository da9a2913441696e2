//! How stores break their promises, for [`Mutant`]s.

use auth_memory::MemoryStores;
use auth_runtime::{
    Account, AccountStore, AdapterError, CodeStore, Counter, ReplaceError, Session, ThrottleStore,
};

use crate::mutant::Mutant;

const HOUR_MILLIS: u64 = 3_600_000;
const YEAR_MILLIS: u64 = 365 * 24 * HOUR_MILLIS;

/// The account that a reader gets instead of the stored one.
pub(crate) fn read_account(mutant: Option<Mutant>, mut account: Account) -> Account {
    if mutant == Some(Mutant::StaleRoles) {
        account.roles.clear();
    }
    account
}

/// The account that is stored instead of a new one.
pub(crate) fn new_account(mutant: Option<Mutant>, mut account: Account) -> Account {
    if mutant == Some(Mutant::AddressesTwice) {
        account.email_key = format!("{} of {}", account.email_key, account.id);
    }
    account
}

/// The session that is stored instead of a written one.
pub(crate) fn written_session(mutant: Option<Mutant>, mut session: Session) -> Session {
    match mutant {
        Some(Mutant::ForgottenClients) => {
            if let Some(mark) = &mut session.rotated_by {
                mark.client = vec![0; 32];
            }
        }
        Some(Mutant::EndlessSessions) => {
            session.expires_at += YEAR_MILLIS;
            session.absolute_expires_at += YEAR_MILLIS;
        }
        _ => {}
    }
    session
}

/// The counter that is stored instead of a written one.
pub(crate) fn written_counter(mutant: Option<Mutant>, mut counter: Counter) -> Counter {
    if mutant == Some(Mutant::LongBlocks) && counter.blocked_until > 0 {
        counter.blocked_until += HOUR_MILLIS;
    }
    counter
}

/// Makes each block under these keys longer.
pub(crate) async fn prolong(stores: &MemoryStores, keys: &[String]) -> Result<(), AdapterError> {
    let counters = ThrottleStore::find(stores, keys).await?;
    for (key, counter) in keys.iter().zip(counters) {
        let Some(mut counter) = counter.filter(|counter| counter.blocked_until > 0) else {
            continue;
        };
        let replaces = counter.version;
        counter.version += 1;
        counter.blocked_until += 1_000;
        let expires_at = counter.blocked_until + YEAR_MILLIS;
        written(ThrottleStore::put(stores, key, counter, Some(replaces), expires_at).await)?;
    }
    Ok(())
}

/// Writes the first account of the store anew, without a change.
pub(crate) async fn touch_an_account(stores: &MemoryStores) -> Result<(), AdapterError> {
    let page = stores.list_page("", None, 1).await?;
    for mut account in page.items {
        let replaces = account.version;
        account.version += 1;
        written(AccountStore::replace(stores, account, replaces).await)?;
    }
    Ok(())
}

/// The version that a code has by now.
pub(crate) async fn version_of(
    stores: &MemoryStores,
    key: &str,
) -> Result<Option<u64>, AdapterError> {
    let code = CodeStore::find(stores, key).await?;
    Ok(code.map(|code| code.version))
}

fn written(outcome: Result<(), ReplaceError>) -> Result<(), AdapterError> {
    match outcome {
        // The record was read just before.
        Ok(()) | Err(ReplaceError::Conflict) => Ok(()),
        Err(ReplaceError::Adapter(error)) => Err(error),
    }
}
