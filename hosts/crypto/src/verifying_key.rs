//! Verifying keys: keys that check signatures. Each is parsed once, not at every verification.

use std::sync::Arc;

use aws_lc_rs::hmac;
use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::public_key::PublicKey;

/// A key that checks signatures of its own algorithm and no other.
#[derive(Clone)]
pub struct VerifyingKey {
    id: String,
    check: Check,
}

#[derive(Clone)]
enum Check {
    Public(PublicKey),
    Shared(Arc<hmac::Key>),
}

impl VerifyingKey {
    /// A public key with an id.
    pub(crate) fn public(id: String, key: PublicKey) -> Self {
        Self {
            id,
            check: Check::Public(key),
        }
    }

    /// An HS256 secret with an id.
    pub(crate) fn shared(id: String, key: Arc<hmac::Key>) -> Self {
        Self {
            id,
            check: Check::Shared(key),
        }
    }

    /// The same key with another id.
    pub(crate) fn with_id(self, id: String) -> Self {
        Self { id, ..self }
    }

    /// The value that `kid` of a token names.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The only algorithm that the key is used with.
    pub fn algorithm(&self) -> Algorithm {
        match &self.check {
            Check::Public(key) => key.algorithm(),
            Check::Shared(_) => Algorithm::Hs256,
        }
    }

    /// Whether `signature` is a JWS signature (RFC 7515 §5.2) of the key over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.check {
            Check::Public(key) => key.verify(message, signature),
            Check::Shared(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }

    /// The thumbprint of RFC 7638; `None` for a shared secret.
    pub(crate) fn thumbprint(&self) -> Option<String> {
        match &self.check {
            Check::Public(key) => Some(key.thumbprint()),
            Check::Shared(_) => None,
        }
    }

    /// The public JWK (RFC 7517 §4); `None` for a shared secret, which has no public half.
    pub fn to_jwk(&self) -> Option<Value> {
        match &self.check {
            Check::Public(key) => Some(key.to_jwk(&self.id)),
            Check::Shared(_) => None,
        }
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VerifyingKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
