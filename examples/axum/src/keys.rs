//! The public keys of the issuer, fetched from its JWKS endpoint and kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;

/// How long keys are used before they are fetched again: the `max-age` that Countersign sends with
/// them. It bounds how long the tokens of a retired key are still accepted here.
const MAX_AGE: Duration = Duration::from_secs(300);

/// A public key, bound to the one algorithm that it verifies.
pub struct Key {
    /// The algorithm that the key set states. The algorithm in a token's header is never used.
    pub algorithm: Algorithm,
    /// The key in the form that jsonwebtoken takes.
    pub decoding: DecodingKey,
}

/// The keys of one issuer.
pub struct Keys {
    client: reqwest::Client,
    url: String,
    cool_down: Duration,
    known: RwLock<Option<Known>>,
    fetching: Mutex<()>,
}

struct Known {
    keys: HashMap<String, Arc<Key>>,
    fetched: Instant,
}

enum Lookup {
    Found(Arc<Key>),
    Unknown,
    FetchFirst,
}

impl Keys {
    /// The keys at this URL, which are fetched when the first one is needed.
    pub fn new(client: reqwest::Client, url: String, cool_down: Duration) -> Self {
        Self {
            client,
            url,
            cool_down,
            known: RwLock::new(None),
            fetching: Mutex::new(()),
        }
    }

    /// The key with this id; `None` when the issuer has no key of this id.
    ///
    /// An unknown id causes a fetch, since the issuer may have rotated its keys, but at most one
    /// fetch in each cool-down, since anyone can invent ids.
    ///
    /// # Errors
    /// When the keys must be fetched and the fetch fails.
    pub async fn find(&self, id: &str) -> Result<Option<Arc<Key>>, reqwest::Error> {
        if let Lookup::FetchFirst = self.look_up(id) {
            let _one_at_a_time = self.fetching.lock().await;
            // The request that held the lock before this one may have fetched the keys.
            if let Lookup::FetchFirst = self.look_up(id) {
                self.fetch().await?;
            }
        }
        match self.look_up(id) {
            Lookup::Found(key) => Ok(Some(key)),
            Lookup::Unknown | Lookup::FetchFirst => Ok(None),
        }
    }

    fn look_up(&self, id: &str) -> Lookup {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = known.as_ref() else {
            return Lookup::FetchFirst;
        };
        let age = known.fetched.elapsed();
        match known.keys.get(id) {
            Some(key) if age < MAX_AGE => Lookup::Found(Arc::clone(key)),
            None if age < self.cool_down.min(MAX_AGE) => Lookup::Unknown,
            _ => Lookup::FetchFirst,
        }
    }

    async fn fetch(&self) -> Result<(), reqwest::Error> {
        let answer = self.client.get(&self.url).send().await?;
        let set: JwkSet = answer.error_for_status()?.json().await?;
        let known = Known {
            keys: set.keys.iter().filter_map(signing_key).collect(),
            fetched: Instant::now(),
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(())
    }
}

/// A key that this service can verify with, and its id; `None` for other keys of a set.
fn signing_key(jwk: &Jwk) -> Option<(String, Arc<Key>)> {
    let algorithm = match jwk.common.key_algorithm? {
        KeyAlgorithm::EdDSA => Algorithm::EdDSA,
        KeyAlgorithm::ES256 => Algorithm::ES256,
        KeyAlgorithm::RS256 => Algorithm::RS256,
        _ => return None,
    };
    let key = Key {
        algorithm,
        decoding: DecodingKey::from_jwk(jwk).ok()?,
    };
    Some((jwk.common.key_id.clone()?, Arc::new(key)))
}
