//! The state of an instance that runs one flow of the service, and the imports of that instance.
//!
//! The error of an adapter becomes a trap: the flow ends there, and [`crate::Error`] receives the
//! adapter's error.

use wasmtime::{Result, bail};

use crate::bindings::countersign::auth::{
    account_store, audit_log, code_store, entropy, password_hasher, session_store, signer,
    throttle_store, types,
};
use crate::capabilities::{HashClaim, HashPlace};
use crate::commitment::Commitment;
use crate::errors::{InsertError, ReplaceError};
use crate::metering::of_store;
use crate::verifier_state::VerifierState;
use crate::{
    Account, AccountPage, ActiveKey, AuditEvent, Capabilities, Claimant, Code, Counter, HashScheme,
    Limits, PolicySource, Purpose, Session,
};

/// The most random bytes of one request; no flow asks for more.
const MAX_RANDOM_BYTES: u32 = 1024;

/// The state that the imports of world `service` use.
pub(crate) struct ServiceState {
    pub(crate) verifier: VerifierState,
    capabilities: Capabilities,
    hash_place: Option<Box<dyn HashPlace>>,
    commitment: Commitment,
}

impl ServiceState {
    pub(crate) fn new(
        capabilities: Capabilities,
        policy: PolicySource,
        limits: &Limits,
        commitment: Commitment,
    ) -> Self {
        let verifier = VerifierState::new(capabilities.verifier.clone(), policy, limits);
        Self {
            verifier,
            capabilities,
            hash_place: None,
            commitment,
        }
    }

    fn hash_place(&self) -> Result<&dyn HashPlace> {
        match &self.hash_place {
            Some(place) => Ok(place.as_ref()),
            None => bail!("the guest hashes without a place in the queue"),
        }
    }
}

/// Returns a conflict to the guest as an answer, and ends the flow for an adapter's error.
fn answer_replace(outcome: Result<(), ReplaceError>) -> Result<Result<(), types::ReplaceError>> {
    match outcome {
        Ok(()) => Ok(Ok(())),
        Err(ReplaceError::Conflict) => Ok(Err(types::ReplaceError::Conflict)),
        Err(ReplaceError::Adapter(error)) => Err(error.into()),
    }
}

impl types::Host for VerifierState {}

impl entropy::Host for ServiceState {
    fn random_bytes(&mut self, count: u32) -> Result<Vec<u8>> {
        if count > MAX_RANDOM_BYTES {
            bail!("the guest asks for {count} random bytes at once");
        }
        let mut bytes = vec![0; count as usize];
        self.capabilities.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl signer::Host for ServiceState {
    fn active(&mut self) -> Result<ActiveKey> {
        Ok(self.capabilities.signer.active()?)
    }

    fn sign(&mut self, id: String, message: String) -> Result<Vec<u8>> {
        Ok(self.capabilities.signer.sign(&id, message.as_bytes())?)
    }

    fn mac(&mut self, purpose: Purpose, message: Vec<u8>) -> Result<Vec<u8>> {
        Ok(self.capabilities.signer.mac(purpose, &message)?)
    }

    fn macs(&mut self, purpose: Purpose, message: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        Ok(self.capabilities.signer.macs(purpose, &message)?)
    }
}

impl password_hasher::Host for ServiceState {
    fn admit(
        &mut self,
        claimant: Claimant,
        source: Option<String>,
    ) -> Result<Result<(), password_hasher::AdmitError>> {
        if self.hash_place.is_none() {
            let claim = HashClaim {
                claimant,
                source,
                commitment: self.commitment.clone(),
            };
            self.hash_place = self.capabilities.password_hasher.admit(claim);
        }
        Ok(self
            .hash_place
            .as_ref()
            .map(|_| ())
            .ok_or(password_hasher::AdmitError::Busy))
    }

    async fn hash(
        &mut self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String> {
        Ok(self.hash_place()?.hash(password, scheme, salt).await?)
    }

    async fn verify(&mut self, password: String, stored: String) -> Result<bool> {
        Ok(self.hash_place()?.verify(password, stored).await?)
    }

    fn can_read(&mut self, stored: String) -> Result<bool> {
        Ok(self.capabilities.password_hasher.can_read(&stored))
    }
}

impl account_store::Host for ServiceState {
    async fn find(&mut self, id: String) -> Result<Option<Account>> {
        Ok(of_store("accounts", self.capabilities.accounts.find(&id)).await?)
    }

    async fn find_by_email(&mut self, email_key: String) -> Result<Option<Account>> {
        Ok(of_store(
            "accounts",
            self.capabilities.accounts.find_by_email(&email_key),
        )
        .await?)
    }

    async fn insert(&mut self, account: Account) -> Result<Result<(), account_store::InsertError>> {
        match of_store("accounts", self.capabilities.accounts.insert(account)).await {
            Ok(()) => Ok(Ok(())),
            Err(InsertError::EmailTaken) => Ok(Err(account_store::InsertError::EmailTaken)),
            Err(InsertError::Adapter(error)) => Err(error.into()),
        }
    }

    async fn replace(
        &mut self,
        account: Account,
        replaces: u64,
    ) -> Result<Result<(), types::ReplaceError>> {
        answer_replace(
            of_store(
                "accounts",
                self.capabilities.accounts.replace(account, replaces),
            )
            .await,
        )
    }

    async fn remove(
        &mut self,
        id: String,
        replaces: u64,
    ) -> Result<Result<(), types::ReplaceError>> {
        answer_replace(of_store("accounts", self.capabilities.accounts.remove(&id, replaces)).await)
    }

    async fn list_page(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<AccountPage> {
        Ok(of_store(
            "accounts",
            self.capabilities
                .accounts
                .list_page(&prefix, after.as_deref(), limit),
        )
        .await?)
    }
}

impl session_store::Host for ServiceState {
    async fn find(&mut self, id: String) -> Result<Option<Session>> {
        Ok(of_store("sessions", self.capabilities.sessions.find(&id)).await?)
    }

    async fn insert(&mut self, session: Session) -> Result<()> {
        Ok(of_store("sessions", self.capabilities.sessions.insert(session)).await?)
    }

    async fn replace(
        &mut self,
        session: Session,
        replaces: u64,
    ) -> Result<Result<(), types::ReplaceError>> {
        answer_replace(
            of_store(
                "sessions",
                self.capabilities.sessions.replace(session, replaces),
            )
            .await,
        )
    }

    async fn remove(&mut self, id: String) -> Result<()> {
        Ok(of_store("sessions", self.capabilities.sessions.remove(&id)).await?)
    }

    async fn list_by_account(
        &mut self,
        account_id: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<Session>> {
        let sessions = &self.capabilities.sessions;
        Ok(of_store(
            "sessions",
            sessions.list_by_account(&account_id, after.as_deref(), limit),
        )
        .await?)
    }
}

impl throttle_store::Host for ServiceState {
    async fn find(&mut self, keys: Vec<String>) -> Result<Vec<Option<Counter>>> {
        Ok(of_store("throttle", self.capabilities.throttle.find(&keys)).await?)
    }

    async fn put(
        &mut self,
        key: String,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<Result<(), types::ReplaceError>> {
        answer_replace(
            of_store(
                "throttle",
                self.capabilities
                    .throttle
                    .put(&key, counter, replaces, expires_at),
            )
            .await,
        )
    }

    async fn remove(&mut self, keys: Vec<String>) -> Result<()> {
        Ok(of_store("throttle", self.capabilities.throttle.remove(&keys)).await?)
    }
}

impl code_store::Host for ServiceState {
    async fn find(&mut self, key: String) -> Result<Option<Code>> {
        Ok(of_store("codes", self.capabilities.codes.find(&key)).await?)
    }

    async fn put(
        &mut self,
        key: String,
        code: Code,
        replaces: Option<u64>,
    ) -> Result<Result<(), types::ReplaceError>> {
        answer_replace(of_store("codes", self.capabilities.codes.put(&key, code, replaces)).await)
    }
}

impl audit_log::Host for ServiceState {
    fn record(&mut self, event: AuditEvent) -> Result<()> {
        self.capabilities.audit.record(event);
        Ok(())
    }
}
