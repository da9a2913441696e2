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
    left_out: Vec<String>,
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
    /// Reads a JWKS. A key that cannot verify tokens here is left out, as RFC 7517 §5 says: one of
    /// a type, curve or algorithm that is not supported, one that is meant for another use, and one
    /// that is weak or malformed. A secret among the keys makes the whole set an error, because
    /// whoever published it must hear of it.
    ///
    /// The id of a key without `kid` is its thumbprint (RFC 7638).
    pub fn parse(json: &str) -> Result<Self, KeySetError> {
        if json.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let document: Document<'_> =
            serde_json::from_str(json).map_err(|_| KeySetError::NotKeySet)?;
        let mut keyring = Self::default();
        for (index, json) in document.keys.iter().enumerate() {
            match read_key(json.get()) {
                Ok(key) => keyring.add(key)?,
                Err(Unusable::Secret(member)) => {
                    return Err(KeySetError::Secret { index, member });
                }
                Err(Unusable::Key(cause)) => {
                    keyring.left_out.push(format!("key {index}: {cause}"));
                }
            }
        }
        Ok(keyring)
    }

    /// One sentence for each key that was left out: its position, from 0, and the reason.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The keys in the order of the JWKS.
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    fn add(&mut self, key: VerifyingKey) -> Result<(), KeySetError> {
        if let Some(known) = self.key(key.id()) {
            return match known.thumbprint() == key.thumbprint() {
                true => Ok(()),
                false => Err(KeySetError::DuplicateKeyId(key.id().to_owned())),
            };
        }
        if self.keys.len() == MAX_KEYS {
            return Err(KeySetError::TooManyKeys);
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

/// Why a key of a set does not verify tokens.
enum Unusable {
    Key(KeyError),
    /// The member of this name is secret.
    Secret(&'static str),
}

impl From<KeyError> for Unusable {
    fn from(cause: KeyError) -> Self {
        Self::Key(cause)
    }
}

fn read_key(json: &str) -> Result<VerifyingKey, Unusable> {
    // A kind that is not supported may give members of the same name another JSON type.
    let kind: Kind = serde_json::from_str(json).map_err(|_| KeyError::NotJwk)?;
    if !["EC", "OKP", "RSA", "oct"].contains(&kind.kty.as_str()) {
        return Err(KeyError::Unsupported.into());
    }
    let jwk = UnverifiedJwk::parse(json)?;
    if let Some(member) = jwk.secret_member() {
        return Err(Unusable::Secret(member));
    }
    jwk.check_use("verify")?;
    let key = jwk.public_key()?;
    let id = jwk.id()?.map_or_else(|| key.thumbprint(), str::to_owned);
    Ok(VerifyingKey::public(id, key))
}
