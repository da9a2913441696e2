//! Password hashing without the work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use auth_runtime::{AdapterError, Admission, HashScheme, PasswordHasher};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// Makes strings of the true formats whose digest is quick to compute, so that the rules judge what
/// they will meet, and counts what it does.
pub struct QuickHasher {
    places: Arc<Semaphore>,
    is_full: AtomicBool,
    hashes: AtomicU32,
    verifications: AtomicU32,
    refusals: AtomicU32,
}

/// What a hasher has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Passwords hashed.
    pub hashes: u32,
    /// Passwords checked, right or wrong.
    pub verifications: u32,
    /// Wrong ones among them.
    pub refusals: u32,
}

impl QuickHasher {
    /// What was done since the last call.
    pub fn take_work(&self) -> Work {
        Work {
            hashes: self.hashes.swap(0, Ordering::SeqCst),
            verifications: self.verifications.swap(0, Ordering::SeqCst),
            refusals: self.refusals.swap(0, Ordering::SeqCst),
        }
    }

    /// From now on the queue is full, or is not.
    pub fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    /// The stored string for `password` under any format that ends in its digest: `head` is all
    /// before that, such as `$2b$10$` and 22 characters of salt.
    #[must_use]
    pub fn stored(head: &str, password: &str) -> String {
        format!("{head}{}", digest(head, password, digest_length(head)))
    }
}

impl Default for QuickHasher {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            is_full: AtomicBool::default(),
            hashes: AtomicU32::default(),
            verifications: AtomicU32::default(),
            refusals: AtomicU32::default(),
        }
    }
}

#[async_trait]
impl PasswordHasher for QuickHasher {
    fn admit(&self) -> Option<Admission> {
        if self.is_full.load(Ordering::SeqCst) {
            return None;
        }
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError> {
        self.hashes.fetch_add(1, Ordering::SeqCst);
        // Others may run meanwhile, as they do while a true hash is computed.
        yield_now().await;
        Ok(Self::stored(&head(scheme, &salt), &password))
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError> {
        self.verifications.fetch_add(1, Ordering::SeqCst);
        yield_now().await;
        let head = stored.len().checked_sub(digest_length(&stored));
        let head = head.and_then(|end| stored.get(..end)).unwrap_or_default();
        let is_right = stored == Self::stored(head, &password);
        if !is_right {
            self.refusals.fetch_add(1, Ordering::SeqCst);
        }
        Ok(is_right)
    }
}

fn head(scheme: HashScheme, salt: &[u8]) -> String {
    let salt = &hex(salt)[..22];
    match scheme {
        HashScheme::Argon2id(cost) => format!(
            "$argon2id$v=19$m={},t={},p={}${salt}$",
            cost.memory_kib, cost.passes, cost.lanes
        ),
        HashScheme::BcryptSha256(cost) => format!("$bcrypt-sha256$v=2,t=2b,r={cost}${salt}$"),
    }
}

fn digest_length(stored: &str) -> usize {
    if stored.starts_with("$argon2id$") {
        43
    } else {
        31
    }
}

fn digest(head: &str, password: &str, length: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(head);
    hash.update([0xff]);
    hash.update(password);
    hex(&hash.finalize())[..length].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
