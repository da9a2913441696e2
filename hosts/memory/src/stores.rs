//! The four stores in memory: the shortest code that keeps the promises of the contract.

use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use auth_runtime::{
    Account, AccountPage, AccountStore, AdapterError, Clock, Code, CodeStore, Counter, InsertError,
    ReplaceError, Session, SessionStore, ThrottleStore,
};

use crate::change::Change;
use crate::records::{ExpiringCounter, Records, compare};

/// All four stores in memory. They drop a session, a counter or a code as soon as it expires.
pub struct MemoryStores {
    clock: Arc<dyn Clock>,
    records: Mutex<Records>,
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

    /// Removes all records of all stores.
    pub fn clear(&self) {
        let mut records = self.records();
        *records = Records {
            changes: records.changes.take().map(|_| Vec::new()),
            ..Records::default()
        };
    }

    /// Begins to keep what changes, or ends it.
    pub fn watch(&self, is_watched: bool) {
        self.records().changes = is_watched.then(Vec::new);
    }

    /// Returns the changes since the last call of this method, in order. What expires is none.
    pub fn take_changes(&self) -> Vec<Change> {
        let mut records = self.records();
        records
            .changes
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
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
        records.changed(|| Change::Account {
            before: None,
            after: Some(account.clone()),
        });
        records.accounts.insert(account.id.clone(), account);
        Ok(())
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        let mut records = self.records();
        let stored = records.accounts.get(&account.id);
        compare(stored.map(|stored| stored.version), Some(replaces))?;
        let before = records.accounts.insert(account.id.clone(), account.clone());
        records.changed(|| Change::Account {
            before,
            after: Some(account),
        });
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
            records.changed(|| Change::Account {
                before: Some(account),
                after: None,
            });
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
        let mut records = self.records();
        let before = records.sessions.insert(session.id.clone(), session.clone());
        records.changed(|| Change::Session {
            before,
            after: Some(session),
        });
        Ok(())
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        let mut records = self.records();
        let stored = records.sessions.get(&session.id);
        compare(stored.map(|stored| stored.version), Some(replaces))?;
        let before = records.sessions.insert(session.id.clone(), session.clone());
        records.changed(|| Change::Session {
            before,
            after: Some(session),
        });
        Ok(())
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        let mut records = self.records();
        if let Some(session) = records.sessions.remove(id) {
            records.changed(|| Change::Session {
                before: Some(session),
                after: None,
            });
        }
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
        let expiring = ExpiringCounter {
            counter,
            expires_at,
        };
        let before = records.counters.insert(key.to_owned(), expiring);
        records.changed(|| Change::Counter {
            key: key.to_owned(),
            before: before.map(|before| before.counter),
            after: Some(counter),
        });
        Ok(())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        let mut records = self.records();
        for key in keys {
            if let Some(removed) = records.counters.remove(key) {
                records.changed(|| Change::Counter {
                    key: key.clone(),
                    before: Some(removed.counter),
                    after: None,
                });
            }
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
        let before = records.codes.insert(key.to_owned(), code.clone());
        records.changed(|| Change::Code {
            key: key.to_owned(),
            before,
            after: code,
        });
        Ok(())
    }
}
