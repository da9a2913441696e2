//! The stores of one flow: those in memory, behind the gate.

use std::sync::Arc;

use async_trait::async_trait;
use auth_memory::MemoryStores;
use auth_runtime::{
    Account, AccountPage, AccountStore, AdapterError, Code, CodeStore, Counter, InsertError,
    ReplaceError, Session, SessionStore, ThrottleStore,
};

use crate::gate::Gate;

/// Stores in memory whose calls pass the gate in the lane of one flow.
pub(crate) struct GatedStores {
    pub(crate) stores: Arc<MemoryStores>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) lane: usize,
}

impl GatedStores {
    async fn pass(&self, call: &'static str) -> &MemoryStores {
        self.gate.pass(self.lane, call).await;
        &self.stores
    }
}

#[async_trait]
impl AccountStore for GatedStores {
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError> {
        AccountStore::find(self.pass("accounts.find").await, id).await
    }

    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError> {
        self.pass("accounts.find-by-email")
            .await
            .find_by_email(email_key)
            .await
    }

    async fn insert(&self, account: Account) -> Result<(), InsertError> {
        AccountStore::insert(self.pass("accounts.insert").await, account).await
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        AccountStore::replace(self.pass("accounts.replace").await, account, replaces).await
    }

    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError> {
        AccountStore::remove(self.pass("accounts.remove").await, id, replaces).await
    }

    async fn list_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError> {
        self.pass("accounts.list-page")
            .await
            .list_page(prefix, after, limit)
            .await
    }
}

#[async_trait]
impl SessionStore for GatedStores {
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError> {
        SessionStore::find(self.pass("sessions.find").await, id).await
    }

    async fn insert(&self, session: Session) -> Result<(), AdapterError> {
        SessionStore::insert(self.pass("sessions.insert").await, session).await
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        SessionStore::replace(self.pass("sessions.replace").await, session, replaces).await
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        SessionStore::remove(self.pass("sessions.remove").await, id).await
    }

    async fn list_by_account(
        &self,
        account_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError> {
        let stores = self.pass("sessions.list-by-account").await;
        stores.list_by_account(account_id, after, limit).await
    }
}

#[async_trait]
impl ThrottleStore for GatedStores {
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError> {
        ThrottleStore::find(self.pass("throttle.find").await, keys).await
    }

    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError> {
        let stores = self.pass("throttle.put").await;
        ThrottleStore::put(stores, key, counter, replaces, expires_at).await
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        ThrottleStore::remove(self.pass("throttle.remove").await, keys).await
    }
}

#[async_trait]
impl CodeStore for GatedStores {
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError> {
        CodeStore::find(self.pass("codes.find").await, key).await
    }

    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError> {
        CodeStore::put(self.pass("codes.put").await, key, code, replaces).await
    }
}
