//! The keys of a running service, as keyring and signer of the component.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use auth_runtime::{ActiveKey, AdapterError, Clock, Keyring, Purpose, Signer};

use crate::algorithm::Algorithm;
use crate::configured_keys::{self, ExampleKeys, KeyTexts};
use crate::error::{KeyDirectoryError, SettingError};
use crate::key_directory::KeyDirectory;
use crate::key_set::{KeyInfo, KeySet};
use crate::private_directory::Stamp;
use crate::verifying_key::VerifyingKey;

/// The pause between two readings of the directory for unknown key ids. Tokens with made-up key ids
/// must not keep the disk busy.
const COOL_DOWN_MILLIS: u64 = 5_000;

/// The keys of a service. Keys from a directory follow the changes of that directory.
pub struct ServiceKeys {
    current: RwLock<Arc<KeySet>>,
    clock: Arc<dyn Clock>,
    watched: Option<Watched>,
}

struct Watched {
    directory: KeyDirectory,
    seen: Mutex<Stamp>,
    /// The last reading for an unknown key id, in milliseconds since the Unix epoch.
    looked_at: AtomicU64,
}

impl ServiceKeys {
    /// The keys of setting texts, such as `JWT_SECRET_KEY`: a private key in PEM (PKCS#8) or as
    /// JWK, or an HS256 secret of at least 32 bytes. Examples and placeholders are refused outside
    /// development.
    pub fn from_texts(
        texts: KeyTexts<'_>,
        examples: ExampleKeys,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingError> {
        let keys = configured_keys::key_set(texts, examples, clock.now())?;
        Ok(Self {
            current: RwLock::new(Arc::new(keys)),
            clock,
            watched: None,
        })
    }

    /// The keys of a directory, which are read again when it changes.
    pub fn from_directory(directory: KeyDirectory) -> Result<Self, KeyDirectoryError> {
        // The stamp is taken first, so that a change during the reading is noticed later.
        let stamp = directory.stamp()?;
        let keys = directory.load()?;
        let clock = Arc::clone(directory.clock());
        let seen = Mutex::new(stamp);
        let watched = Watched {
            directory,
            seen,
            looked_at: AtomicU64::new(0),
        };
        Ok(Self {
            current: RwLock::new(Arc::new(keys)),
            clock,
            watched: Some(watched),
        })
    }

    /// The JWKS (RFC 7517 §5) of all keys that may verify now, without any secret.
    pub fn jwks(&self) -> String {
        self.current().jwks(self.clock.now())
    }

    /// Describes all keys, in the order of activation.
    pub fn list(&self) -> Vec<KeyInfo> {
        self.current().list(self.clock.now())
    }

    /// The key set of this moment. A later reload does not change it.
    pub fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the directory again if a file in it changed, and returns whether one did. One call
    /// costs a listing of the directory: call it every few seconds. After an error the keys stay
    /// unchanged.
    pub fn reload_if_changed(&self) -> Result<bool, KeyDirectoryError> {
        let Some(watched) = &self.watched else {
            return Ok(false);
        };
        let mut seen = watched.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = watched.directory.stamp()?;
        if *seen == stamp {
            return Ok(false);
        }
        let keys = watched.directory.load()?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        *seen = stamp;
        Ok(true)
    }

    /// Reads the directory again, because another process may have rotated a moment ago. Does
    /// nothing if the last reading for an unknown key id was within the cool-down.
    fn look_again(&self, now: u64) -> bool {
        let Some(watched) = &self.watched else {
            return false;
        };
        let looked_at = watched.looked_at.load(Ordering::Relaxed);
        let is_first = now.abs_diff(looked_at) >= COOL_DOWN_MILLIS
            && watched
                .looked_at
                .compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        is_first
            && self.reload_if_changed().unwrap_or_else(|error| {
                tracing::warn!(%error, "the keys stay what they were");
                false
            })
    }
}

impl Keyring for ServiceKeys {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        let now = self.clock.now();
        let find = || {
            self.current()
                .verifying(id, now)
                .map(VerifyingKey::algorithm)
        };
        Ok(find().or_else(|| self.look_again(now).then(find).flatten()))
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        let keys = self.current();
        let key = keys.verifying(id, self.clock.now());
        Ok(key.is_some_and(|key| key.verify(message, signature)))
    }
}

impl Signer for ServiceKeys {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        let keys = self.current();
        let key = keys
            .active(self.clock.now())
            .ok_or_else(|| AdapterError::Fault(anyhow::anyhow!("no key may sign")))?;
        Ok(ActiveKey {
            id: key.id().to_owned(),
            algorithm: key.algorithm(),
        })
    }

    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        let keys = self.current();
        let key = keys
            .signing(id, self.clock.now())
            .ok_or_else(|| AdapterError::Fault(anyhow::anyhow!("key `{id}` may not sign")))?;
        key.sign(message).map_err(AdapterError::fault)
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        Ok(self.current().mac(purpose, message))
    }

    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        Ok(self.current().macs(purpose, message, self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::time::Duration;

    use auth_memory::ManualClock;
    use tempfile::TempDir;

    use crate::jwks_keyring::JwksKeyring;

    const NOW: u64 = 1_790_000_000_000;
    const HOUR: Duration = Duration::from_secs(3600);

    fn only(current: &str) -> KeyTexts<'_> {
        KeyTexts {
            current,
            ..KeyTexts::default()
        }
    }

    struct Fixture {
        service: ServiceKeys,
        /// The same directory, as another process has it open.
        elsewhere: KeyDirectory,
        clock: Arc<ManualClock>,
        folder: TempDir,
    }

    fn fixture() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let open = || {
            let clock = Arc::clone(&clock) as Arc<dyn Clock>;
            let path = folder.path().join("keys");
            KeyDirectory::open_or_create(path, Algorithm::EdDsa, clock, HOUR).unwrap()
        };
        let service = ServiceKeys::from_directory(open()).unwrap();
        let elsewhere = open();
        Fixture {
            service,
            elsewhere,
            clock,
            folder,
        }
    }

    #[test]
    fn what_it_signs_its_jwks_verifies() {
        let Fixture {
            service,
            folder: _folder,
            ..
        } = fixture();
        let active = service.active().unwrap();
        let signature = service.sign(&active.id, b"message").unwrap();
        assert!(service.verify(&active.id, b"message", &signature).unwrap());
        let verifier = JwksKeyring::parse(&service.jwks()).unwrap();
        assert_eq!(verifier.find(&active.id).unwrap(), Some(active.algorithm));
        assert!(verifier.verify(&active.id, b"message", &signature).unwrap());
        assert!(service.sign("unknown", b"message").is_err());
        assert!(!service.verify("unknown", b"message", &signature).unwrap());
    }

    #[test]
    fn follows_a_rotation_elsewhere() {
        let Fixture {
            service,
            elsewhere,
            clock,
            folder: _folder,
        } = fixture();
        let first = service.active().unwrap().id;
        assert!(!service.reload_if_changed().unwrap());
        let second = elsewhere.rotate(HOUR).unwrap().id;
        assert!(service.reload_if_changed().unwrap());
        assert!(!service.reload_if_changed().unwrap());
        assert!(service.jwks().contains(&second));
        assert_eq!(service.active().unwrap().id, first);
        clock.advance(Duration::from_millis(3_600_000));
        assert_eq!(service.active().unwrap().id, second);
        assert_eq!(service.find(&first).unwrap(), Some(Algorithm::EdDsa));
    }

    #[test]
    fn an_unknown_key_makes_it_look_once_in_a_while() {
        let Fixture {
            service,
            elsewhere,
            clock,
            folder: _folder,
        } = fixture();
        let second = elsewhere.rotate(HOUR).unwrap().id;
        assert_eq!(service.find(&second).unwrap(), Some(Algorithm::EdDsa));
        let third = elsewhere.rotate(HOUR).unwrap().id;
        assert_eq!(service.find(&third).unwrap(), None);
        clock.advance(Duration::from_millis(COOL_DOWN_MILLIS - 1));
        assert_eq!(service.find(&third).unwrap(), None);
        clock.advance(Duration::from_millis(1));
        assert_eq!(service.find(&third).unwrap(), Some(Algorithm::EdDsa));
    }

    #[test]
    fn keeps_its_keys_when_the_directory_is_damaged() {
        let Fixture {
            service,
            elsewhere,
            folder,
            ..
        } = fixture();
        let first = service.active().unwrap().id;
        let second = elsewhere.rotate(HOUR).unwrap().id;
        let file = folder.path().join(format!("keys/key-{second}.json"));
        std::fs::write(&file, "{").unwrap();
        assert!(service.reload_if_changed().is_err());
        assert!(service.reload_if_changed().is_err());
        assert_eq!(service.find("unknown").unwrap(), None);
        assert_eq!(service.active().unwrap().id, first);
    }

    #[test]
    fn a_configured_key_never_changes() {
        let secret = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";
        let clock = Arc::new(ManualClock::at(NOW));
        let service =
            ServiceKeys::from_texts(only(secret), ExampleKeys::Refused, clock.clone()).unwrap();
        let id = service.active().unwrap().id;
        clock.advance(Duration::from_millis(u64::MAX / 2));
        assert_eq!(service.active().unwrap().id, id);
        assert!(!service.reload_if_changed().unwrap());
        assert_eq!(service.find("unknown").unwrap(), None);
        assert_eq!(service.jwks(), r#"{"keys":[]}"#);
    }
}
