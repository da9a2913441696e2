//! A password hasher that is quick and not secure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use auth_runtime::{AdapterError, Admission, HashScheme, PasswordHasher};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// A hasher whose strings have the real formats, with a digest that is quick to compute. So the
/// rules judge the same kinds of strings as in production. It counts its calls.
///
/// Its hashes protect no password: a guess costs one SHA-256.
pub struct QuickHasher {
    places: Arc<Semaphore>,
    is_full: AtomicBool,
    hashes: AtomicU32,
    verifications: AtomicU32,
    refusals: AtomicU32,
}

/// The numbers of calls to a [`QuickHasher`], by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// How many passwords were hashed.
    pub hashes: u32,
    /// How many passwords were checked, whether right or wrong.
    pub verifications: u32,
    /// How many checks found the password wrong.
    pub refusals: u32,
}

impl QuickHasher {
    /// Returns the work since the last call of this method.
    pub fn take_work(&self) -> Work {
        Work {
            hashes: self.hashes.swap(0, Ordering::SeqCst),
            verifications: self.verifications.swap(0, Ordering::SeqCst),
            refusals: self.refusals.swap(0, Ordering::SeqCst),
        }
    }

    /// Makes the queue full, or gives it room again. While it is full, it admits no flow.
    pub fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    /// Returns the stored string for `password`, in a format that ends with the digest. `head` is
    /// the part before the digest, such as `$2b$10$` and 22 characters of salt.
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
        // Other tasks run here, as they do while a real hash is computed.
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

    fn can_read(&self, stored: &str) -> bool {
        ["$2a$", "$2b$", "$2y$", "$bcrypt-sha256$", "$argon2id$"]
            .iter()
            .any(|head| stored.starts_with(head))
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
    // Plain bcrypt reads 72 bytes.
    let read = if head.starts_with("$2") {
        72
    } else {
        password.len()
    };
    hash.update(
        password
            .as_bytes()
            .get(..read)
            .unwrap_or(password.as_bytes()),
    );
    hex(&hash.finalize())[..length].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn verifies_what_it_hashed_and_counts() {
        let hasher = QuickHasher::default();
        let scheme = HashScheme::BcryptSha256(12);
        let stored = hasher.hash("right".to_owned(), scheme, vec![7; 16]).await;
        let stored = stored.unwrap();
        assert!(
            stored.starts_with("$bcrypt-sha256$v=2,t=2b,r=12$"),
            "{stored}"
        );
        for (password, is_right) in [("right", true), ("wrong", false)] {
            let verified = hasher.verify(password.to_owned(), stored.clone()).await;
            assert_eq!(verified.unwrap(), is_right, "{password}");
        }
        let work = Work {
            hashes: 1,
            verifications: 2,
            refusals: 1,
        };
        assert_eq!(hasher.take_work(), work);
        assert_eq!(hasher.take_work().verifications, 0);
    }

    #[test]
    fn admits_no_call_while_it_is_full() {
        let hasher = QuickHasher::default();
        hasher.set_full(true);
        assert!(hasher.admit().is_none());
        hasher.set_full(false);
        assert!(hasher.admit().is_some());
    }
}
