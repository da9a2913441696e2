//! A signing key that is quick and not secure.

use auth_runtime::{ActiveKey, AdapterError, Algorithm, Keyring, Purpose, Signer};
use sha2::{Digest, Sha256};

/// One shared key. It signs with a keyed SHA-256 in place of HMAC; the 32 bytes have the length of
/// an HS256 signature. The signatures protect nothing.
pub struct QuickKeys {
    id: String,
    secret: String,
}

impl QuickKeys {
    /// Makes the key with this id from this secret.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
        }
    }

    fn code(&self, purpose: &str, message: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(format!("{} {purpose} ", self.secret));
        hash.update(message);
        hash.finalize().to_vec()
    }
}

impl Keyring for QuickKeys {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        Ok((id == self.id).then_some(Algorithm::Hs256))
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        Ok(id == self.id && signature == self.code("signature", message))
    }
}

impl Signer for QuickKeys {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        Ok(ActiveKey {
            id: self.id.clone(),
            algorithm: Algorithm::Hs256,
        })
    }

    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        if id != self.id {
            return Err(AdapterError::fault(std::io::Error::other(
                "a key that was not active",
            )));
        }
        Ok(self.code("signature", message))
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        let purpose = match purpose {
            Purpose::DeviceToken => "device",
            Purpose::RefreshToken => "refresh",
            Purpose::SourceName => "source",
        };
        Ok(self.code(purpose, message))
    }

    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        Ok(vec![self.mac(purpose, message)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_its_own_signatures_only() {
        let (key, other) = (QuickKeys::new("a", "one"), QuickKeys::new("a", "two"));
        let signature = key.sign("a", b"message").unwrap();
        assert!(key.verify("a", b"message", &signature).unwrap());
        assert!(!key.verify("a", b"another", &signature).unwrap());
        assert!(!key.verify("b", b"message", &signature).unwrap());
        assert!(!other.verify("a", b"message", &signature).unwrap());
        assert!(key.sign("b", b"message").is_err());
    }

    #[test]
    fn a_code_is_for_one_purpose() {
        let key = QuickKeys::new("a", "one");
        let code = |purpose| key.mac(purpose, b"message").unwrap();
        assert_ne!(code(Purpose::DeviceToken), code(Purpose::RefreshToken));
    }
}
