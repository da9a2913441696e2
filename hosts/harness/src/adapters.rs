//! Hasher, keys, randomness and audit log of one flow: those of `auth-memory`, which can be out of
//! order, and which break a promise for a [`Mutant`].

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use auth_memory::{QuickHasher, RecordingAudit, SeededEntropy, Work};
use auth_runtime::{
    ActiveKey, AdapterError, Algorithm, AuditEvent, AuditLog, Entropy, HashClaim, HashPlace,
    HashScheme, Keyring, PasswordHasher, Purpose, Signer,
};

use crate::keys::RotatingKeys;
use crate::mutant::Mutant;

/// A capability that can be out of order for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Part {
    /// No flow gets a place to hash.
    Hashing = 1,
    /// Nothing is signed.
    Signer = 2,
    /// There is no randomness.
    Entropy = 4,
}

impl Part {
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("entropy", Self::Entropy),
        ("hashing", Self::Hashing),
        ("signer", Self::Signer),
    ];

    /// The name in case files.
    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, part)| *part == self);
        found.map_or("", |(name, _)| name)
    }
}

/// Which parts are out of order.
#[derive(Default)]
pub(crate) struct Outages(AtomicU8);

impl Outages {
    pub(crate) fn set(&self, part: Part, is_out: bool) {
        if is_out {
            self.0.fetch_or(part as u8, Ordering::Relaxed);
        } else {
            self.0.fetch_and(!(part as u8), Ordering::Relaxed);
        }
    }

    pub(crate) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(crate) fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    fn check(&self, part: Part) -> Result<(), AdapterError> {
        if self.0.load(Ordering::Relaxed) & part as u8 == 0 {
            return Ok(());
        }
        Err(AdapterError::Unavailable {
            retry_after: Duration::from_secs(1),
            cause: anyhow::anyhow!("an injected outage"),
        })
    }
}

/// Randomness that can be out of order.
pub(crate) struct LaneEntropy {
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) outages: Arc<Outages>,
}

impl Entropy for LaneEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), AdapterError> {
        self.outages.check(Part::Entropy)?;
        self.entropy.fill(bytes)
    }
}

/// A hasher that can be full.
pub(crate) struct LaneHasher {
    pub(crate) hasher: QuickHasher,
    pub(crate) outages: Arc<Outages>,
    pub(crate) mutant: Option<Mutant>,
    /// The hashes that were made for accounts.
    made: Arc<Mutex<BTreeSet<String>>>,
}

impl LaneHasher {
    pub(crate) fn new(outages: Arc<Outages>, mutant: Option<Mutant>) -> Self {
        Self {
            hasher: QuickHasher::default(),
            outages,
            mutant,
            made: Arc::default(),
        }
    }

    /// How many hashes were computed since the last call.
    pub(crate) fn take_hashes(&self) -> u32 {
        let Work {
            hashes,
            verifications,
            ..
        } = self.hasher.take_work();
        self.hasher.take_claims();
        hashes + verifications
    }
}

impl PasswordHasher for LaneHasher {
    fn admit(&self, claim: HashClaim) -> Option<Box<dyn HashPlace>> {
        self.outages.check(Part::Hashing).ok()?;
        let place = self.hasher.admit(claim)?;
        Some(match self.mutant {
            Some(mutant @ (Mutant::AnyPassword | Mutant::UnevenHashes)) => Box::new(FlawedPlace {
                place,
                mutant,
                made: Arc::clone(&self.made),
            }),
            _ => place,
        })
    }

    fn places(&self) -> usize {
        self.hasher.places()
    }

    fn can_read(&self, stored: &str) -> bool {
        self.hasher.can_read(stored)
    }
}

/// A place whose work is not what was promised.
struct FlawedPlace {
    place: Box<dyn HashPlace>,
    mutant: Mutant,
    made: Arc<Mutex<BTreeSet<String>>>,
}

#[async_trait]
impl HashPlace for FlawedPlace {
    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError> {
        let hash = self.place.hash(password, scheme, salt).await?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(hash.clone());
        Ok(hash)
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError> {
        let is_made = {
            let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.contains(&stored)
        };
        if is_made && self.mutant == Mutant::UnevenHashes {
            self.place.verify(password.clone(), stored.clone()).await?;
        }
        let is_right = self.place.verify(password, stored).await?;
        Ok(is_right || (is_made && self.mutant == Mutant::AnyPassword))
    }
}

/// Keys that can be out of order.
pub(crate) struct LaneKeys {
    pub(crate) keys: Arc<RotatingKeys>,
    pub(crate) outages: Arc<Outages>,
    pub(crate) mutant: Option<Mutant>,
}

impl Keyring for LaneKeys {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        if self.mutant == Some(Mutant::ForgottenKeys) && self.keys.active()?.id != id {
            return Ok(None);
        }
        self.keys.find(id)
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        let is_right = self.keys.verify(id, message, signature)?;
        Ok(is_right || self.mutant == Some(Mutant::AnySignature))
    }
}

impl Signer for LaneKeys {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        self.outages.check(Part::Signer)?;
        self.keys.active()
    }

    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.outages.check(Part::Signer)?;
        self.keys.sign(id, message)
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.keys.mac(purpose, message)
    }

    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        if self.mutant == Some(Mutant::ForgottenDevices) && purpose == Purpose::DeviceToken {
            return Ok(Vec::new());
        }
        if self.mutant == Some(Mutant::ForgottenSecrets) {
            return Ok(vec![self.keys.mac(purpose, message)?]);
        }
        self.keys.macs(purpose, message)
    }
}

/// An audit log that keeps its events.
pub(crate) struct LaneAudit {
    pub(crate) audit: RecordingAudit,
    pub(crate) mutant: Option<Mutant>,
}

impl AuditLog for LaneAudit {
    fn record(&self, event: AuditEvent) {
        if self.mutant != Some(Mutant::LostEvents) {
            self.audit.record(event);
        }
    }
}
