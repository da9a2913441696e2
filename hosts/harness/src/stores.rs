//! The stores of one flow: those in memory, behind the gate.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_memory::MemoryStores;
use auth_runtime::{
    Account, AccountPage, AccountStore, AdapterError, Code, CodeStore, Counter, InsertError,
    ReplaceError, Session, SessionStore, ThrottleStore,
};

use crate::gate::Gate;
use crate::journal::Journal;
use crate::mutant::Mutant;
use crate::tampering;
use crate::turn::Fault;

/// Stores in memory whose calls pass the gate in the lane of one flow.
pub(crate) struct GatedStores {
    pub(crate) stores: Arc<MemoryStores>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) lane: usize,
    pub(crate) mutant: Option<Mutant>,
}

/// A call that goes on.
struct Passed<'a> {
    stores: &'a GatedStores,
    fault: Option<Fault>,
}

impl GatedStores {
    /// Waits at the gate before a call.
    async fn pass(&self, call: &'static str) -> Result<Passed<'_>, AdapterError> {
        match self.gate.pass(self.lane, call).await {
            Some(Fault::Before) => Err(fault()),
            fault => Ok(Passed {
                stores: self,
                fault,
            }),
        }
    }

    fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}

impl Passed<'_> {
    /// Gives the answer of a read back, unless it is lost.
    fn answer<T, E: From<AdapterError>>(&self, answer: Result<T, E>) -> Result<T, E> {
        match self.fault {
            None => answer,
            Some(_) => Err(fault().into()),
        }
    }

    /// Carries a write out, now or later, and gives its answer back, unless it is lost.
    async fn write<T: 'static, E: From<AdapterError> + Failed + 'static>(
        &self,
        write: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        let journal = &self.stores.journal;
        if self.fault == Some(Fault::Late) {
            let late = Box::pin(async move { drop(write.await) });
            journal.postpone(self.stores.lane, late);
            return Err(fault().into());
        }
        let answer = write.await;
        journal.note(self.stores.lane);
        if let Err(error) = &answer
            && error.is_conflict()
        {
            journal.conflict();
        }
        self.answer(answer)
    }
}

/// An error of a write, which may tell that another write came first.
trait Failed {
    fn is_conflict(&self) -> bool;
}

impl Failed for AdapterError {
    fn is_conflict(&self) -> bool {
        false
    }
}

impl Failed for InsertError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::EmailTaken)
    }
}

impl Failed for ReplaceError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
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
        let found = AccountStore::find(&*self.stores, id).await;
        passed.answer(found.map(|found| found.map(|it| tampering::read_account(self.mutant, it))))
    }

    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError> {
        let passed = self.pass("accounts.find-by-email").await?;
        let found = self.stores.find_by_email(email_key).await;
        passed.answer(found.map(|found| found.map(|it| tampering::read_account(self.mutant, it))))
    }

    async fn insert(&self, account: Account) -> Result<(), InsertError> {
        let passed = self.pass("accounts.insert").await?;
        if self.is(Mutant::LostAccounts) {
            return Ok(());
        }
        let account = tampering::new_account(self.mutant, account);
        let stores = Arc::clone(&self.stores);
        let write = async move { AccountStore::insert(&*stores, account).await };
        passed.write(write).await
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        let passed = self.pass("accounts.replace").await?;
        if self.is(Mutant::LostAccountChanges) {
            return Ok(());
        }
        let stores = Arc::clone(&self.stores);
        let write = async move { AccountStore::replace(&*stores, account, replaces).await };
        passed.write(write).await
    }

    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError> {
        let passed = self.pass("accounts.remove").await?;
        let (stores, id) = (Arc::clone(&self.stores), id.to_owned());
        let write = async move { AccountStore::remove(&*stores, &id, replaces).await };
        passed.write(write).await
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
        let found = SessionStore::find(&*self.stores, id).await;
        if let Ok(Some(session)) = &found {
            self.journal.note_read(session.expires_at);
        }
        passed.answer(found)
    }

    async fn insert(&self, session: Session) -> Result<(), AdapterError> {
        let passed = self.pass("sessions.insert").await?;
        let session = tampering::written_session(self.mutant, session);
        let stores = Arc::clone(&self.stores);
        let write = async move { SessionStore::insert(&*stores, session).await };
        passed.write(write).await
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        let passed = self.pass("sessions.replace").await?;
        if self.is(Mutant::LostSessionChanges) {
            return Ok(());
        }
        let session = tampering::written_session(self.mutant, session);
        let stores = Arc::clone(&self.stores);
        let is_careless = self.is(Mutant::SessionsComeBack);
        let write = async move {
            if is_careless {
                return Ok(SessionStore::insert(&*stores, session).await?);
            }
            SessionStore::replace(&*stores, session, replaces).await
        };
        passed.write(write).await
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        let passed = self.pass("sessions.remove").await?;
        if self.is(Mutant::SessionsStay) {
            return Ok(());
        }
        let (stores, id) = (Arc::clone(&self.stores), id.to_owned());
        passed
            .write(async move { SessionStore::remove(&*stores, &id).await })
            .await
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
        if self.is(Mutant::BlocksGrow) {
            tampering::prolong(&self.stores, keys).await?;
            self.journal.note(self.lane);
        }
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
        if self.is(Mutant::EternalConflicts) {
            return Err(ReplaceError::Conflict);
        }
        if self.is(Mutant::FailuresTouchAccounts) {
            tampering::touch_an_account(&self.stores).await?;
        }
        let counter = tampering::written_counter(self.mutant, counter);
        let (stores, key) = (Arc::clone(&self.stores), key.to_owned());
        let write =
            async move { ThrottleStore::put(&*stores, &key, counter, replaces, expires_at).await };
        passed.write(write).await
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        let passed = self.pass("throttle.remove").await?;
        if self.is(Mutant::CountersStay) {
            return Ok(());
        }
        let (stores, keys) = (Arc::clone(&self.stores), keys.to_vec());
        passed
            .write(async move { ThrottleStore::remove(&*stores, &keys).await })
            .await
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
        let replaces = match self.mutant {
            Some(Mutant::CodesComeBack) => tampering::version_of(&self.stores, key).await?,
            _ => replaces,
        };
        let (stores, key) = (Arc::clone(&self.stores), key.to_owned());
        let write = async move { CodeStore::put(&*stores, &key, code, replaces).await };
        passed.write(write).await
    }
}
