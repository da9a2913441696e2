//! The capabilities that a host provides to the component: one trait for each imported interface,
//! and one value that holds them all.
//!
//! The files in `wit/` state what each method promises; these traits only add how an adapter fails.

use std::sync::Arc;

use async_trait::async_trait;

use crate::commitment::Commitment;
use crate::errors::{AdapterError, InsertError, ReplaceError};
use crate::{
    Account, AccountPage, ActiveKey, Algorithm, AuditEvent, Claimant, Code, Counter, HashScheme,
    Purpose, Session,
};

/// The capability `clock`: the current time.
pub trait Clock: Send + Sync {
    /// Returns the milliseconds since the Unix epoch.
    fn now(&self) -> u64;
}

/// The capability `entropy`: secure random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` from a cryptographically secure source.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), AdapterError>;
}

/// A claim to a place in the hashing queue.
#[derive(Clone, Debug)]
pub struct HashClaim {
    /// Whom the flow hashes for.
    pub claimant: Claimant,
    /// The group of addresses that the client belongs to, if the flow has a client and knows it.
    pub source: Option<String>,
    /// Whether the flow may still be abandoned.
    pub commitment: Commitment,
}

/// The capability `password-hasher`: slow password hashing.
pub trait PasswordHasher: Send + Sync {
    /// Takes a place in the queue; returns `None` at once when there is no room.
    fn admit(&self, claim: HashClaim) -> Option<Box<dyn HashPlace>>;

    /// Returns how many flows can hold a place at one time.
    fn places(&self) -> usize;

    /// Whether [`HashPlace::verify`] computes this stored hash.
    fn can_read(&self, stored: &str) -> bool;
}

/// A place in the hashing queue, which is free again when this is dropped. The work of its methods
/// must not occupy an async thread. It begins only if the claim's [`Commitment::commit`] allows it.
#[async_trait]
pub trait HashPlace: Send + Sync {
    /// Hashes a password.
    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError>;

    /// Compares a password with a stored hash.
    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError>;
}

/// The capability `keyring`: keys that verify signatures.
pub trait Keyring: Send + Sync {
    /// Returns the algorithm of the key, if the key may verify signatures now.
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError>;

    /// Whether the signature was made over the message with this key.
    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError>;
}

/// The capability `signer`: keys that sign.
pub trait Signer: Send + Sync {
    /// Returns the key to sign with now.
    fn active(&self) -> Result<ActiveKey, AdapterError>;

    /// Returns the JWS signature. A key that may not sign is an [`AdapterError::Fault`].
    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError>;

    /// Computes the HMAC-SHA-256 under the secret for this purpose.
    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError>;

    /// The codes of the present secret and of those before it that still verify.
    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError>;
}

/// The capability `account-store`: accounts by id and address.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Finds an account by its id.
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError>;

    /// Finds an account by its canonical address.
    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError>;

    /// Adds an account whose address is not taken.
    async fn insert(&self, account: Account) -> Result<(), InsertError>;

    /// Replaces an account if its stored version is `replaces`.
    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError>;

    /// Removes an account if its stored version is `replaces`.
    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError>;

    /// Returns one page of accounts, in the order of their canonical addresses.
    async fn list_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError>;
}

/// The capability `session-store`: one record for each family of refresh tokens.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Finds a session by its id.
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError>;

    /// Adds a session whose id is new.
    async fn insert(&self, session: Session) -> Result<(), AdapterError>;

    /// Replaces a session if its stored version is `replaces`.
    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError>;

    /// Removes a session in any version.
    async fn remove(&self, id: &str) -> Result<(), AdapterError>;

    /// Returns some sessions of one account, in the order of their ids.
    async fn list_by_account(
        &self,
        account_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError>;
}

/// The capability `throttle-store`: counters of failed attempts.
#[async_trait]
pub trait ThrottleStore: Send + Sync {
    /// Returns the counters under these keys, in the order of the keys.
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError>;

    /// Writes a counter if the stored version is `replaces`.
    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError>;

    /// Removes the counters under these keys.
    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError>;
}

/// The capability `code-store`: one-time codes by key.
#[async_trait]
pub trait CodeStore: Send + Sync {
    /// Finds a one-time code by its key.
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError>;

    /// Writes a code if the stored version is `replaces`.
    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError>;
}

/// The capability `audit-log`: security events for the operator.
pub trait AuditLog: Send + Sync {
    /// Records the event. An adapter that cannot record it reports that in its own log, since the
    /// event has already happened.
    fn record(&self, event: AuditEvent);
}

/// The capabilities of a verifier, which has no store and no secrets.
#[derive(Clone)]
pub struct VerifierCapabilities {
    /// The clock that tokens are checked against.
    pub clock: Arc<dyn Clock>,
    /// The keys that verify tokens.
    pub keyring: Arc<dyn Keyring>,
}

/// All capabilities of the service.
#[derive(Clone)]
pub struct Capabilities {
    /// The capabilities that a verifier also has.
    pub verifier: VerifierCapabilities,
    /// The source of random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// The keys that sign tokens.
    pub signer: Arc<dyn Signer>,
    /// The hasher and its queue.
    pub password_hasher: Arc<dyn PasswordHasher>,
    /// The store of accounts, by id and address.
    pub accounts: Arc<dyn AccountStore>,
    /// The store of sessions and their refresh tokens.
    pub sessions: Arc<dyn SessionStore>,
    /// The store of throttle counters.
    pub throttle: Arc<dyn ThrottleStore>,
    /// The store of one-time codes.
    pub codes: Arc<dyn CodeStore>,
    /// The log of security events.
    pub audit: Arc<dyn AuditLog>,
}
