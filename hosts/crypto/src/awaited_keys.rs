//! A keyring and signer that work before their keys are loaded, for hosts that load them after
//! start.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use auth_runtime::{ActiveKey, AdapterError, Algorithm, Keyring, Purpose, Signer};

use crate::service_keys::ServiceKeys;

/// About how many seconds a caller should wait before it tries again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The keys of a service that starts before they are loaded, and that replaces them while it runs.
/// Until the first set is loaded, every call fails as unavailable.
#[derive(Default)]
pub struct AwaitedKeys(RwLock<Option<Arc<ServiceKeys>>>);

impl AwaitedKeys {
    /// Replaces the keys. A flow that is running may see the old set first and then the new one.
    pub fn replace(&self, keys: ServiceKeys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
    }

    /// The JWKS of all keys that may verify now; `None` until the first set of keys is loaded.
    pub fn jwks(&self) -> Option<String> {
        self.present().ok().map(|keys| keys.jwks())
    }

    fn present(&self) -> Result<Arc<ServiceKeys>, AdapterError> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone().ok_or_else(|| AdapterError::Unavailable {
            retry_after: RETRY_AFTER,
            cause: anyhow::anyhow!("the keys are not there yet"),
        })
    }
}

impl Keyring for AwaitedKeys {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        self.present()?.find(id)
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        self.present()?.verify(id, message, signature)
    }
}

impl Signer for AwaitedKeys {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        self.present()?.active()
    }

    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.present()?.sign(id, message)
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.present()?.mac(purpose, message)
    }

    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        self.present()?.macs(purpose, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::configured_keys::ExampleKeys;
    use crate::configured_keys::KeyTexts;
    use auth_memory::ManualClock;

    fn keys(current: &str) -> ServiceKeys {
        let texts = KeyTexts {
            current,
            ..KeyTexts::default()
        };
        ServiceKeys::from_texts(texts, ExampleKeys::Refused, Arc::new(ManualClock::at(1))).unwrap()
    }

    #[test]
    fn the_service_is_unavailable_until_they_are_there() {
        let awaited = AwaitedKeys::default();
        let unavailable = |error| matches!(error, AdapterError::Unavailable { .. });
        assert!(unavailable(awaited.active().unwrap_err()));
        assert!(unavailable(awaited.find("any").unwrap_err()));
        assert!(unavailable(awaited.verify("any", b"", b"").unwrap_err()));
        assert!(unavailable(awaited.sign("any", b"").unwrap_err()));
        assert!(unavailable(
            awaited.mac(Purpose::DeviceToken, b"").unwrap_err()
        ));
        assert_eq!(awaited.jwks(), None);
        awaited.replace(keys("q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf"));
        let first = awaited.active().unwrap().id;
        assert!(awaited.jwks().is_some());
        awaited.replace(keys("r8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf"));
        assert_ne!(awaited.active().unwrap().id, first);
    }
}
