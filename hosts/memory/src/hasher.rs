//! A password hasher that is quick and not secure.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use auth_runtime::{
    AdapterError, Claimant, Commitment, HashClaim, HashPlace, HashScheme, PasswordHasher,
};
use sha2::{Digest, Sha256};
use tokio::task::yield_now;

/// A hasher whose strings have the real formats, with a digest that is quick to compute. So the
/// rules judge the same kinds of strings as in production. It counts its calls. Clones refer to the
/// same hasher.
///
/// Its hashes protect no password: a guess costs one SHA-256.
#[derive(Clone, Default)]
pub struct QuickHasher(Arc<Inner>);

#[derive(Default)]
struct Inner {
    is_full: AtomicBool,
    hashes: AtomicU32,
    verifications: AtomicU32,
    refusals: AtomicU32,
    claims: Mutex<Vec<(Claimant, Option<String>)>>,
}

/// The most flows that can hold a place of a [`QuickHasher`] at one time.
const PLACES: usize = 256;

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
            hashes: self.0.hashes.swap(0, Ordering::SeqCst),
            verifications: self.0.verifications.swap(0, Ordering::SeqCst),
            refusals: self.0.refusals.swap(0, Ordering::SeqCst),
        }
    }

    /// Returns who has asked for a place since the last call of this method, and from which source.
    pub fn take_claims(&self) -> Vec<(Claimant, Option<String>)> {
        let mut claims = self.0.claims.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut claims)
    }

    /// Makes the queue full, or gives it room again. While it is full, it admits no flow.
    pub fn set_full(&self, is_full: bool) {
        self.0.is_full.store(is_full, Ordering::SeqCst);
    }

    /// Returns the stored string for `password`, in a format that ends with the digest. `head` is
    /// the part before the digest, such as `$2b$10$` and 22 characters of salt.
    #[must_use]
    pub fn stored(head: &str, password: &str) -> String {
        format!("{head}{}", digest(head, password, digest_length(head)))
    }

    /// Whether `stored` is the string for `password`. This counts as no work.
    #[must_use]
    pub fn is_right(stored: &str, password: &str) -> bool {
        let head = stored.len().checked_sub(digest_length(stored));
        let head = head.and_then(|end| stored.get(..end)).unwrap_or_default();
        stored == Self::stored(head, password)
    }
}

impl PasswordHasher for QuickHasher {
    fn admit(&self, claim: HashClaim) -> Option<Box<dyn HashPlace>> {
        let HashClaim {
            claimant,
            source,
            commitment,
        } = claim;
        let mut claims = self.0.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.push((claimant, source));
        if self.0.is_full.load(Ordering::SeqCst) {
            return None;
        }
        let hasher = self.clone();
        Some(Box::new(QuickPlace { hasher, commitment }))
    }

    fn places(&self) -> usize {
        PLACES
    }

    fn can_read(&self, stored: &str) -> bool {
        ["$2a$", "$2b$", "$2y$", "$bcrypt-sha256$", "$argon2id$"]
            .iter()
            .any(|head| stored.starts_with(head))
    }
}

/// A place of a [`QuickHasher`].
struct QuickPlace {
    hasher: QuickHasher,
    commitment: Commitment,
}

impl QuickPlace {
    /// Begins a hash. Other tasks run now, as during a real hash.
    async fn begin(&self) -> Result<(), AdapterError> {
        if !self.commitment.commit() {
            return Err(AdapterError::Fault(anyhow::anyhow!(
                "the flow was abandoned"
            )));
        }
        yield_now().await;
        Ok(())
    }
}

#[async_trait]
impl HashPlace for QuickPlace {
    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError> {
        self.begin().await?;
        self.hasher.0.hashes.fetch_add(1, Ordering::SeqCst);
        Ok(QuickHasher::stored(&head(scheme, &salt), &password))
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError> {
        self.begin().await?;
        self.hasher.0.verifications.fetch_add(1, Ordering::SeqCst);
        let is_right = QuickHasher::is_right(&stored, &password);
        if !is_right {
            self.hasher.0.refusals.fetch_add(1, Ordering::SeqCst);
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

    fn claim(claimant: Claimant) -> HashClaim {
        HashClaim {
            claimant,
            source: Some("192.0.2.1".to_owned()),
            commitment: Commitment::default(),
        }
    }

    #[tokio::test]
    async fn verifies_what_it_hashed_and_counts() {
        let hasher = QuickHasher::default();
        let scheme = HashScheme::BcryptSha256(12);
        let place = hasher.admit(claim(Claimant::Stranger)).unwrap();
        let stored = place.hash("right".to_owned(), scheme, vec![7; 16]).await;
        let stored = stored.unwrap();
        assert!(
            stored.starts_with("$bcrypt-sha256$v=2,t=2b,r=12$"),
            "{stored}"
        );
        for (password, is_right) in [("right", true), ("wrong", false)] {
            let verified = place.verify(password.to_owned(), stored.clone()).await;
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
        assert!(hasher.admit(claim(Claimant::Newcomer)).is_none());
        hasher.set_full(false);
        assert!(hasher.admit(claim(Claimant::Session)).is_some());
        let source = Some("192.0.2.1".to_owned());
        let claims = [Claimant::Newcomer, Claimant::Session].map(|kind| (kind, source.clone()));
        assert_eq!(hasher.take_claims(), claims);
    }
}
