//! A keyring that reads a JWKS, for hosts that only verify.

#[cfg(test)]
mod tests;

use auth_runtime::{AdapterError, Keyring};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::algorithm::Algorithm;
use crate::error::{KeyError, KeySetError};
use crate::jwk::UnverifiedJwk;
use crate::verifying_key::VerifyingKey;

const MAX_BYTES: usize = 64 * 1024;
const MAX_KEYS: usize = 32;

/// The public keys of one JWKS (RFC 7517 §5). It cannot sign.
#[derive(Clone, Debug, Default)]
pub struct JwksKeyring {
    keys: Vec<VerifyingKey>,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Kind {
    kty: String,
}

impl JwksKeyring {
    /// Reads a JWKS. Keys of a type, curve or algorithm that is not supported are left out, as RFC
    /// 7517 §5 says. A key that is weak, secret or meant for another use makes the whole set an
    /// error, because its publisher has made a mistake.
    ///
    /// The id of a key without `kid` is its thumbprint (RFC 7638).
    pub fn parse(json: &str) -> Result<Self, KeySetError> {
        if json.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let document: Document<'_> =
            serde_json::from_str(json).map_err(|_| KeySetError::NotKeySet)?;
        if document.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys);
        }
        let mut keyring = Self::default();
        for (index, json) in document.keys.iter().enumerate() {
            if let Some(key) = read_key(index, json.get())? {
                keyring.add(key)?;
            }
        }
        Ok(keyring)
    }

    /// The keys in the order of the JWKS.
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    fn add(&mut self, key: VerifyingKey) -> Result<(), KeySetError> {
        if self.key(key.id()).is_some() {
            return Err(KeySetError::DuplicateKeyId(key.id().to_owned()));
        }
        self.keys.push(key);
        Ok(())
    }

    fn key(&self, id: &str) -> Option<&VerifyingKey> {
        self.keys.iter().find(|key| key.id() == id)
    }
}

impl Keyring for JwksKeyring {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        Ok(self.key(id).map(VerifyingKey::algorithm))
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        Ok(self
            .key(id)
            .is_some_and(|key| key.verify(message, signature)))
    }
}

/// Reads one key of the set; `None` for a key that must be ignored.
fn read_key(index: usize, json: &str) -> Result<Option<VerifyingKey>, KeySetError> {
    let refused = |cause| KeySetError::Key { index, cause };
    // A kind that is not supported may give members of the same name another JSON type.
    let kind: Kind = serde_json::from_str(json).map_err(|_| refused(KeyError::NotJwk))?;
    if !["EC", "OKP", "RSA", "oct"].contains(&kind.kty.as_str()) {
        return Ok(None);
    }
    let jwk = UnverifiedJwk::parse(json).map_err(refused)?;
    if let Some(member) = jwk.secret_member() {
        return Err(KeySetError::Secret { index, member });
    }
    jwk.check_use("verify").map_err(refused)?;
    match jwk.public_key() {
        Ok(key) => {
            let id = jwk.kid.clone().unwrap_or_else(|| key.thumbprint());
            Ok(Some(VerifyingKey::public(id, key)))
        }
        Err(KeyError::Unsupported) => Ok(None),
        Err(cause) => Err(refused(cause)),
    }
}
