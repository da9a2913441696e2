//! Stores into which a test injects faults, pauses and other flows.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use auth_memory::MemoryStores;
use auth_runtime::{
    Account, AccountPage, AccountStore, AdapterError, Code, CodeStore, Counter, InsertError,
    ReplaceError, Session, SessionStore, ThrottleStore,
};
use tokio::task::yield_now;

/// The cause in every injected error. No answer may contain it.
const CAUSE: &str = "db-1.internal refused root:hunter2";

type Interlude = Pin<Box<dyn Future<Output = ()> + Send>>;
type Failure = fn() -> AdapterError;

/// Stores in memory that record each call, can return errors, and can run another flow before a
/// call.
///
/// Calls are named after the contract: `accounts.find-by-email`, `sessions.replace`, ….
pub struct FaultyStores {
    stores: MemoryStores,
    script: Mutex<Script>,
    turn: AtomicU64,
}

#[derive(Default)]
struct Script {
    calls: Vec<&'static str>,
    interludes: HashMap<&'static str, Interlude>,
    failure: Option<(usize, Failure)>,
    in_step: bool,
}

/// The error of a backend that may be reached again in seven seconds.
#[must_use]
pub fn unavailable() -> AdapterError {
    AdapterError::Unavailable {
        retry_after: Duration::from_secs(7),
        cause: anyhow::anyhow!(CAUSE),
    }
}

/// The error of a backend that is broken.
#[must_use]
pub fn adapter_fault() -> AdapterError {
    AdapterError::Fault(anyhow::anyhow!(CAUSE))
}

impl FaultyStores {
    /// Wraps `stores`.
    #[must_use]
    pub fn new(stores: MemoryStores) -> Arc<Self> {
        Arc::new(Self {
            stores,
            script: Mutex::default(),
            turn: AtomicU64::default(),
        })
    }

    /// The calls since the last call of this method, in order.
    pub fn take_calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.script().calls)
    }

    /// Runs `interlude` once, just before the next call of this name.
    pub fn before(&self, call: &'static str, interlude: impl Future<Output = ()> + Send + 'static) {
        self.script().interludes.insert(call, Box::pin(interlude));
    }

    /// Lets `calls` more calls succeed and then makes every call fail, until [`heal`](Self::heal).
    pub fn fail_after(&self, calls: usize, failure: Failure) {
        self.script().failure = Some((calls, failure));
    }

    /// Lets each call yield exactly once before it does its work, so that a test which polls several
    /// flows decides the order of their calls.
    pub fn in_step(&self) {
        self.script().in_step = true;
    }

    /// Makes calls succeed again.
    pub fn heal(&self) {
        self.script().failure = None;
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn enter(&self, call: &'static str) -> Result<&MemoryStores, AdapterError> {
        let interlude = self.script().interludes.remove(call);
        if let Some(interlude) = interlude {
            interlude.await;
        }
        for _ in 0..self.pauses() {
            yield_now().await;
        }
        let mut script = self.script();
        script.calls.push(call);
        match &mut script.failure {
            Some((0, failure)) => Err(failure()),
            Some((left, _)) => {
                *left -= 1;
                Ok(&self.stores)
            }
            None => Ok(&self.stores),
        }
    }

    /// How often a call yields: zero to three times, in an irregular order, so that parallel flows
    /// do not run in step unless a test wants that.
    fn pauses(&self) -> u64 {
        if self.script().in_step {
            return 1;
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62
    }
}

#[async_trait]
impl AccountStore for FaultyStores {
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError> {
        AccountStore::find(self.enter("accounts.find").await?, id).await
    }

    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError> {
        self.enter("accounts.find-by-email")
            .await?
            .find_by_email(email_key)
            .await
    }

    async fn insert(&self, account: Account) -> Result<(), InsertError> {
        AccountStore::insert(self.enter("accounts.insert").await?, account).await
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        AccountStore::replace(self.enter("accounts.replace").await?, account, replaces).await
    }

    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError> {
        AccountStore::remove(self.enter("accounts.remove").await?, id, replaces).await
    }

    async fn list_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError> {
        self.enter("accounts.list-page")
            .await?
            .list_page(prefix, after, limit)
            .await
    }
}

#[async_trait]
impl SessionStore for FaultyStores {
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError> {
        SessionStore::find(self.enter("sessions.find").await?, id).await
    }

    async fn insert(&self, session: Session) -> Result<(), AdapterError> {
        SessionStore::insert(self.enter("sessions.insert").await?, session).await
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        SessionStore::replace(self.enter("sessions.replace").await?, session, replaces).await
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        SessionStore::remove(self.enter("sessions.remove").await?, id).await
    }

    async fn list_by_account(
        &self,
        account_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError> {
        let stores = self.enter("sessions.list-by-account").await?;
        stores.list_by_account(account_id, after, limit).await
    }
}

#[async_trait]
impl ThrottleStore for FaultyStores {
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError> {
        ThrottleStore::find(self.enter("throttle.find").await?, keys).await
    }

    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError> {
        let stores = self.enter("throttle.put").await?;
        ThrottleStore::put(stores, key, counter, replaces, expires_at).await
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        ThrottleStore::remove(self.enter("throttle.remove").await?, keys).await
    }
}

#[async_trait]
impl CodeStore for FaultyStores {
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError> {
        CodeStore::find(self.enter("codes.find").await?, key).await
    }

    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError> {
        CodeStore::put(self.enter("codes.put").await?, key, code, replaces).await
    }
}
