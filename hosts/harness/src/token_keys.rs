//! Real keys for tokens, in place of the quick key of the harness.

use std::sync::{Arc, OnceLock};

use auth_crypto::SigningKey;
use auth_runtime::{AdapterError, Algorithm, Keyring};

/// The algorithms of real keys, by their names in tokens (RFC 7518, RFC 8037).
const ALGORITHMS: [(&str, Algorithm); 3] = [
    ("EdDSA", Algorithm::EdDsa),
    ("ES256", Algorithm::Es256),
    ("RS256", Algorithm::Rs256),
];

/// The names of the algorithms.
pub(crate) fn algorithms() -> [&'static str; 3] {
    ALGORITHMS.map(|(name, _)| name)
}

/// A key with which the harness signs, and one of another service.
pub(crate) struct TokenKeys {
    key: SigningKey,
    forger: SigningKey,
}

impl TokenKeys {
    /// The keys of the algorithm of this name, which the process makes once: every verdict is the same
    /// with every key. `Ok(None)` for another name.
    ///
    /// # Errors
    /// When no key can be made.
    pub(crate) fn of(name: &str) -> Result<Option<Arc<Self>>, String> {
        static MADE: [OnceLock<Result<Arc<TokenKeys>, String>>; 3] = [const { OnceLock::new() }; 3];
        let found = ALGORITHMS
            .iter()
            .zip(&MADE)
            .find(|((it, _), _)| *it == name);
        let made = found.map(|((_, algorithm), made)| made.get_or_init(|| Self::make(*algorithm)));
        made.cloned().transpose()
    }

    fn make(algorithm: Algorithm) -> Result<Arc<Self>, String> {
        let key = || {
            SigningKey::generate(algorithm).map_err(|error| format!("no key can be made: {error}"))
        };
        Ok(Arc::new(Self {
            key: key()?,
            forger: key()?,
        }))
    }

    /// The name of the algorithm.
    pub(crate) fn algorithm(&self) -> &'static str {
        let algorithm = self.key.algorithm();
        let found = ALGORITHMS.iter().find(|(_, it)| *it == algorithm);
        found.map_or("", |(name, _)| name)
    }

    /// The id of the key.
    pub(crate) fn id(&self) -> &str {
        self.key.id()
    }

    /// Signs with the key, or with that of the other service.
    pub(crate) fn sign(&self, message: &[u8], is_forged: bool) -> Result<Vec<u8>, String> {
        let key = if is_forged { &self.forger } else { &self.key };
        key.sign(message).map_err(|error| error.to_string())
    }
}

impl Keyring for TokenKeys {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        Ok((id == self.key.id()).then(|| self.key.algorithm()))
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        Ok(id == self.key.id() && self.key.verifying().verify(message, signature))
    }
}
