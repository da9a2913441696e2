//! The stores of one flow: those in memory, behind the gate.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_memory::MemoryStores;
use auth_runtime::{
    Account, AccountPage, AccountStore, AdapterError, Code, CodeStore, Counter, InsertError,
    ReplaceError, Session, SessionStore, ThrottleStore,
};

use crate::gate::{Fault, Gate};
use crate::options::Mutant;

/// Stores in memory whose calls pass the gate in the lane of one flow.
pub(crate) struct GatedStores {
    pub(crate) stores: Arc<MemoryStores>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) lane: usize,
    pub(crate) mutant: Option<Mutant>,
}

/// A call that goes on.
struct Passed {
    is_lost: bool,
}

impl GatedStores {
    /// Waits at the gate before a call.
    async fn pass(&self, call: &'static str) -> Result<Passed, AdapterError> {
        match self.gate.pass(self.lane, call).await {
            Some(Fault::Before) => Err(fault()),
            fault => Ok(Passed {
                is_lost: fault.is_some(),
            }),
        }
    }

    fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}

impl Passed {
    /// Gives the answer back, unless it is lost.
    fn answer<T, E: From<AdapterError>>(&self, answer: Result<T, E>) -> Result<T, E> {
        if self.is_lost {
            Err(fault().into())
        } else {
            answer
        }
    }
}

/// The error of a store that does not answer.
fn fault() -> AdapterError {
    AdapterError::Unavailable {
        retry_after: Duration::from_secs(1),
        cause: anyhow::anyhow!("an injected fault"),
    }
}

#[async_trait]
impl AccountStore for GatedStores {
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError> {
        let passed = self.pass("accounts.find").await?;
        passed.answer(AccountStore::find(&*self.stores, id).await)
    }

    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError> {
        let passed = self.pass("accounts.find-by-email").await?;
        passed.answer(self.stores.find_by_email(email_key).await)
    }

    async fn insert(&self, account: Account) -> Result<(), InsertError> {
        let passed = self.pass("accounts.insert").await?;
        if self.is(Mutant::LostAccounts) {
            return Ok(());
        }
        passed.answer(AccountStore::insert(&*self.stores, account).await)
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        let passed = self.pass("accounts.replace").await?;
        if self.is(Mutant::LostAccountChanges) {
            return Ok(());
        }
        passed.answer(AccountStore::replace(&*self.stores, account, replaces).await)
    }

    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError> {
        let passed = self.pass("accounts.remove").await?;
        passed.answer(AccountStore::remove(&*self.stores, id, replaces).await)
    }

    async fn list_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError> {
        let passed = self.pass("accounts.list-page").await?;
        passed.answer(self.stores.list_page(prefix, after, limit).await)
    }
}

#[async_trait]
impl SessionStore for GatedStores {
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError> {
        let passed = self.pass("sessions.find").await?;
        passed.answer(SessionStore::find(&*self.stores, id).await)
    }

    async fn insert(&self, session: Session) -> Result<(), AdapterError> {
        let passed = self.pass("sessions.insert").await?;
        passed.answer(SessionStore::insert(&*self.stores, session).await)
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        let passed = self.pass("sessions.replace").await?;
        if self.is(Mutant::LostSessionChanges) {
            return Ok(());
        }
        if self.is(Mutant::SessionsComeBack) {
            return Ok(SessionStore::insert(&*self.stores, session).await?);
        }
        passed.answer(SessionStore::replace(&*self.stores, session, replaces).await)
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        let passed = self.pass("sessions.remove").await?;
        if self.is(Mutant::SessionsStay) {
            return Ok(());
        }
        passed.answer(SessionStore::remove(&*self.stores, id).await)
    }

    async fn list_by_account(
        &self,
        account_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError> {
        let passed = self.pass("sessions.list-by-account").await?;
        passed.answer(self.stores.list_by_account(account_id, after, limit).await)
    }
}

#[async_trait]
impl ThrottleStore for GatedStores {
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError> {
        let passed = self.pass("throttle.find").await?;
        passed.answer(ThrottleStore::find(&*self.stores, keys).await)
    }

    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError> {
        let passed = self.pass("throttle.put").await?;
        if self.is(Mutant::LostCounters) {
            return Ok(());
        }
        passed.answer(ThrottleStore::put(&*self.stores, key, counter, replaces, expires_at).await)
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        let passed = self.pass("throttle.remove").await?;
        if self.is(Mutant::CountersStay) {
            return Ok(());
        }
        passed.answer(ThrottleStore::remove(&*self.stores, keys).await)
    }
}

#[async_trait]
impl CodeStore for GatedStores {
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError> {
        let passed = self.pass("codes.find").await?;
        passed.answer(CodeStore::find(&*self.stores, key).await)
    }

    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError> {
        let passed = self.pass("codes.put").await?;
        passed.answer(CodeStore::put(&*self.stores, key, code, replaces).await)
    }
}
