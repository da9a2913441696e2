//! Keys and secrets that rotate, as those of a server do: the earlier ones still verify.

use std::sync::atomic::{AtomicUsize, Ordering};

use auth_memory::QuickKeys;
use auth_runtime::{ActiveKey, AdapterError, Algorithm, Keyring, Purpose, Signer};

use crate::cases::token::{KEY_ID, QUICK_SECRET};

/// The most keys, and secrets, that there are: the contract allows so many codes.
const MOST: usize = 8;

/// What is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotated {
    /// The key that signs access tokens.
    Key,
    /// The secret behind refresh tokens and device tokens.
    Secret,
}

impl Rotated {
    pub(crate) const ALL: [(&'static str, Self); 2] =
        [("key", Self::Key), ("secret", Self::Secret)];

    /// The name in case files.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// Quick keys, of which one signs, and quick secrets, of which one makes codes. After seven rotations
/// there is no further one.
pub(crate) struct RotatingKeys {
    keys: [QuickKeys; MOST],
    /// How often each was rotated.
    rotations: [AtomicUsize; Rotated::ALL.len()],
}

impl RotatingKeys {
    pub(crate) fn new() -> Self {
        let key = |number: usize| match number {
            0 => QuickKeys::new(KEY_ID, QUICK_SECRET),
            _ => QuickKeys::new(&format!("{KEY_ID}-{number}"), &format!("rotation {number}")),
        };
        Self {
            keys: std::array::from_fn(key),
            rotations: Default::default(),
        }
    }

    /// Uses the next key or secret.
    pub(crate) fn rotate(&self, rotated: Rotated) {
        let next = (self.rotations(rotated) + 1).min(MOST - 1);
        self.rotations[rotated as usize].store(next, Ordering::Relaxed);
    }

    /// How often this was rotated.
    pub(crate) fn rotations(&self, rotated: Rotated) -> usize {
        self.rotations[rotated as usize].load(Ordering::Relaxed)
    }

    /// Uses the first key and the first secret again.
    pub(crate) fn restart(&self) {
        for rotations in &self.rotations {
            rotations.store(0, Ordering::Relaxed);
        }
    }

    /// The keys that were used so far, the present one last.
    fn used(&self, rotated: Rotated) -> &[QuickKeys] {
        &self.keys[..=self.rotations(rotated)]
    }

    fn present(&self, rotated: Rotated) -> &QuickKeys {
        &self.keys[self.rotations(rotated)]
    }
}

impl Keyring for RotatingKeys {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        for key in self.used(Rotated::Key) {
            if let Some(algorithm) = key.find(id)? {
                return Ok(Some(algorithm));
            }
        }
        Ok(None)
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        for key in self.used(Rotated::Key) {
            if key.verify(id, message, signature)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Signer for RotatingKeys {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        self.present(Rotated::Key).active()
    }

    /// Signs with a key that was active when the flow asked for it.
    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        let mut key = self.present(Rotated::Key);
        for used in self.used(Rotated::Key) {
            if used.find(id)?.is_some() {
                key = used;
            }
        }
        key.sign(id, message)
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.present(Rotated::Secret).mac(purpose, message)
    }

    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        let secrets = self.used(Rotated::Secret).iter().rev();
        secrets.map(|key| key.mac(purpose, message)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_before_still_verifies() {
        let keys = RotatingKeys::new();
        let first = keys.active().unwrap().id;
        let signature = keys.sign(&first, b"message").unwrap();
        let code = keys.mac(Purpose::RefreshToken, b"message").unwrap();
        for _ in 0..9 {
            keys.rotate(Rotated::Key);
            keys.rotate(Rotated::Secret);
        }
        assert_ne!(keys.active().unwrap().id, first);
        assert!(keys.verify(&first, b"message", &signature).unwrap());
        assert_eq!(keys.sign(&first, b"message").unwrap(), signature);
        let codes = keys.macs(Purpose::RefreshToken, b"message").unwrap();
        assert_eq!((codes.len(), codes.last()), (MOST, Some(&code)));
        assert_ne!(keys.mac(Purpose::RefreshToken, b"message").unwrap(), code);
        keys.restart();
        assert_eq!(keys.active().unwrap().id, first);
    }
}
