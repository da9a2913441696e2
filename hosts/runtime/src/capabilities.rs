//! The capabilities that a host lends the component: one trait for each imported interface, and one
//! value that holds them all.
//!
//! The promises of each method are written in `wit/`; the traits add only how an adapter fails.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OwnedSemaphorePermit;

use crate::errors::{AdapterError, InsertError, ReplaceError};
use crate::{
    Account, AccountPage, ActiveKey, Algorithm, AuditEvent, Code, Counter, HashScheme, Purpose,
    Session,
};

/// The clock.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now(&self) -> u64;
}

/// `entropy`
pub trait Entropy: Send + Sync {
    /// Fills `bytes` from a cryptographically secure source.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), AdapterError>;
}

/// A place in the hashing queue; dropped, it is free again.
pub type Admission = OwnedSemaphorePermit;

/// `password-hasher`
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A place in the queue, `None` at once when there is none.
    fn admit(&self) -> Option<Admission>;

    /// Hashes; the caller holds an [`Admission`]. Must not occupy an async thread.
    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError>;

    /// Compares; the caller holds an [`Admission`]. Must not occupy an async thread.
    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError>;
}

/// `keyring`
pub trait Keyring: Send + Sync {
    /// The algorithm of a key that may verify now.
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError>;

    /// Whether the signature is the key's.
    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError>;
}

/// `signer`
pub trait Signer: Send + Sync {
    /// The key to sign with now.
    fn active(&self) -> Result<ActiveKey, AdapterError>;

    /// The JWS signature. A fault for a key that may not sign.
    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError>;

    /// HMAC-SHA-256 under the secret for this purpose.
    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError>;
}

/// `account-store`
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// By id.
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError>;

    /// By canonical address.
    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError>;

    /// Adds an account whose address is free.
    async fn insert(&self, account: Account) -> Result<(), InsertError>;

    /// Compare-and-set on the version.
    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError>;

    /// Compare-and-remove on the version.
    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError>;

    /// One page in order of canonical address.
    async fn list_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError>;
}

/// `session-store`
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// By id.
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError>;

    /// Adds a session with a fresh id.
    async fn insert(&self, session: Session) -> Result<(), AdapterError>;

    /// Compare-and-set on the version.
    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError>;

    /// Removes any version.
    async fn remove(&self, id: &str) -> Result<(), AdapterError>;

    /// Some sessions of one account in order of id.
    async fn list_by_account(
        &self,
        account_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError>;
}

/// `throttle-store`
#[async_trait]
pub trait ThrottleStore: Send + Sync {
    /// The counters of these keys, in their order.
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError>;

    /// Compare-and-set on the version.
    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError>;

    /// Removes counters.
    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError>;
}

/// `code-store`
#[async_trait]
pub trait CodeStore: Send + Sync {
    /// By key.
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError>;

    /// Compare-and-set on the version.
    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError>;
}

/// `audit-log`
pub trait AuditLog: Send + Sync {
    /// Writes the event down. An adapter that cannot says so in its own log: what is reported was
    /// done already.
    fn record(&self, event: AuditEvent);
}

/// The capabilities of a verifier: no store, no secret.
#[derive(Clone)]
pub struct VerifierCapabilities {
    /// `clock`
    pub clock: Arc<dyn Clock>,
    /// `keyring`
    pub keyring: Arc<dyn Keyring>,
}

/// The capabilities of the service.
#[derive(Clone)]
pub struct Capabilities {
    /// Those of a verifier.
    pub verifier: VerifierCapabilities,
    /// `entropy`
    pub entropy: Arc<dyn Entropy>,
    /// `signer`
    pub signer: Arc<dyn Signer>,
    /// `password-hasher`
    pub password_hasher: Arc<dyn PasswordHasher>,
    /// `account-store`
    pub accounts: Arc<dyn AccountStore>,
    /// `session-store`
    pub sessions: Arc<dyn SessionStore>,
    /// `throttle-store`
    pub throttle: Arc<dyn ThrottleStore>,
    /// `code-store`
    pub codes: Arc<dyn CodeStore>,
    /// `audit-log`
    pub audit: Arc<dyn AuditLog>,
}
