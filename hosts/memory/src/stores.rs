//! The four stores in memory: the shortest code that keeps the promises of the contract.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use auth_runtime::{
    Account, AccountPage, AccountStore, AdapterError, Clock, Code, CodeStore, Counter, InsertError,
    ReplaceError, Session, SessionStore, ThrottleStore,
};

/// All four stores in memory. They drop a session, a counter or a code as soon as it expires.
pub struct MemoryStores {
    clock: Arc<dyn Clock>,
    records: Mutex<Records>,
}

#[derive(Default)]
struct Records {
    accounts: BTreeMap<String, Account>,
    ids_by_email: BTreeMap<String, String>,
    sessions: BTreeMap<String, Session>,
    counters: BTreeMap<String, ExpiringCounter>,
    codes: BTreeMap<String, Code>,
}

struct ExpiringCounter {
    counter: Counter,
    expires_at: u64,
}

impl MemoryStores {
    /// Makes empty stores. `clock` tells them which records have expired.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            records: Mutex::default(),
        }
    }

    /// Removes all records.
    pub fn clear(&self) {
        *self.records() = Records::default();
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        let now = self.clock.now();
        // A test that panicked while it held the lock leaves complete records behind.
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records
            .sessions
            .retain(|_, session| session.expires_at >= now);
        records
            .counters
            .retain(|_, counter| counter.expires_at >= now);
        records
            .codes
            .retain(|_, code| code.expires_at.is_none_or(|expires_at| expires_at >= now));
        records
    }
}

/// Compares versions for compare-and-set; `None` stands for a record that does not exist.
fn compare(stored: Option<u64>, replaces: Option<u64>) -> Result<(), ReplaceError> {
    if stored == replaces {
        Ok(())
    } else {
        Err(ReplaceError::Conflict)
    }
}

fn after(key: Option<&str>) -> (Bound<&str>, Bound<&str>) {
    (
        key.map_or(Bound::Unbounded, Bound::Excluded),
        Bound::Unbounded,
    )
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl AccountStore for MemoryStores {
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError> {
        Ok(self.records().accounts.get(id).cloned())
    }

    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError> {
        let records = self.records();
        let id = records.ids_by_email.get(email_key);
        Ok(id.and_then(|id| records.accounts.get(id)).cloned())
    }

    async fn insert(&self, account: Account) -> Result<(), InsertError> {
        let mut records = self.records();
        if records.ids_by_email.contains_key(&account.email_key) {
            return Err(InsertError::EmailTaken);
        }
        records
            .ids_by_email
            .insert(account.email_key.clone(), account.id.clone());
        records.accounts.insert(account.id.clone(), account);
        Ok(())
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        let mut records = self.records();
        let stored = records.accounts.get(&account.id);
        compare(stored.map(|stored| stored.version), Some(replaces))?;
        records.accounts.insert(account.id.clone(), account);
        Ok(())
    }

    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError> {
        let mut records = self.records();
        compare(
            records.accounts.get(id).map(|stored| stored.version),
            Some(replaces),
        )?;
        if let Some(account) = records.accounts.remove(id) {
            records.ids_by_email.remove(&account.email_key);
        }
        Ok(())
    }

    async fn list_page(
        &self,
        prefix: &str,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError> {
        let records = self.records();
        let mut ids = records
            .ids_by_email
            .range::<str, _>(after(after_key))
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(_, id)| id);
        let items = ids
            .by_ref()
            .take(size(limit))
            .filter_map(|id| records.accounts.get(id));
        Ok(AccountPage {
            items: items.cloned().collect(),
            more: ids.next().is_some(),
        })
    }
}

#[async_trait]
impl SessionStore for MemoryStores {
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError> {
        Ok(self.records().sessions.get(id).cloned())
    }

    async fn insert(&self, session: Session) -> Result<(), AdapterError> {
        self.records().sessions.insert(session.id.clone(), session);
        Ok(())
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        let mut records = self.records();
        let stored = records.sessions.get(&session.id);
        compare(stored.map(|stored| stored.version), Some(replaces))?;
        records.sessions.insert(session.id.clone(), session);
        Ok(())
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        self.records().sessions.remove(id);
        Ok(())
    }

    async fn list_by_account(
        &self,
        account_id: &str,
        after_id: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError> {
        let records = self.records();
        let sessions = records
            .sessions
            .range::<str, _>(after(after_id))
            .map(|(_, session)| session);
        let own = sessions.filter(|session| session.account_id == account_id);
        Ok(own.take(size(limit)).cloned().collect())
    }
}

#[async_trait]
impl ThrottleStore for MemoryStores {
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError> {
        let records = self.records();
        Ok(keys
            .iter()
            .map(|key| Some(records.counters.get(key)?.counter))
            .collect())
    }

    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError> {
        let mut records = self.records();
        compare(
            records
                .counters
                .get(key)
                .map(|stored| stored.counter.version),
            replaces,
        )?;
        records.counters.insert(
            key.to_owned(),
            ExpiringCounter {
                counter,
                expires_at,
            },
        );
        Ok(())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        let mut records = self.records();
        for key in keys {
            records.counters.remove(key);
        }
        Ok(())
    }
}

#[async_trait]
impl CodeStore for MemoryStores {
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError> {
        Ok(self.records().codes.get(key).cloned())
    }

    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError> {
        let mut records = self.records();
        compare(
            records.codes.get(key).map(|stored| stored.version),
            replaces,
        )?;
        records.codes.insert(key.to_owned(), code);
        Ok(())
    }
}
