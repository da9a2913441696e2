//! The keys of the function, from its settings or from Secrets Manager.

use std::sync::Arc;

use anyhow::{Context, Result};
use auth_aws::{CachedSecret, SecretError, SecretSource, Versions};
use auth_crypto::{AwaitedKeys, ExampleKeys, KeyTexts, ServiceKeys};
use auth_runtime::{Clock, Keyring, SecretText};
use tokio::sync::Mutex;

use crate::settings::{FunctionSettings, SecretSetting};

/// Loads the keys, and replaces them when their secrets are rotated.
pub struct KeyFeed {
    key: Source,
    refresh_secret: Option<Source>,
    examples: ExampleKeys,
    clock: Arc<dyn Clock>,
    keys: Arc<AwaitedKeys>,
    /// The secrets that were read last, even if no keys could be made of them.
    seen: Mutex<Option<Seen>>,
}

struct Seen {
    material: Material,
    /// When the key took over from the one before, in milliseconds since the Unix epoch.
    since: u64,
}

enum Source {
    Text(Arc<Versions>),
    Kept(Box<CachedSecret>),
}

#[derive(Clone)]
struct Material {
    key: Arc<Versions>,
    refresh_secret: Option<Arc<Versions>>,
}

impl KeyFeed {
    /// Makes a feed. Keys that the settings hold themselves are loaded at once.
    ///
    /// # Errors
    /// When a key that the settings hold cannot be used.
    pub fn new(
        settings: &FunctionSettings,
        secrets: &Arc<dyn SecretSource>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let source = |setting: &SecretSetting| match setting {
            SecretSetting::Text(text) => Source::literal(text),
            // Tokens of the previous key or secret must be accepted until they expire, and verifiers
            // must know the next key before it signs.
            SecretSetting::Kept(reference) => Source::kept(CachedSecret::with_neighbours(
                Arc::clone(secrets),
                reference.clone(),
            )),
        };
        let feed = Self {
            key: source(&settings.key),
            refresh_secret: settings.refresh_secret.as_ref().map(source),
            examples: settings.environment.example_keys(),
            clock,
            keys: Arc::default(),
            seen: Mutex::default(),
        };
        feed.bring_literal()?;
        Ok(feed)
    }

    /// The keys of the service. Until the first load, every call on them fails as unavailable.
    pub fn keys(&self) -> &Arc<AwaitedKeys> {
        &self.keys
    }

    /// Reads the secrets again when that is due, and replaces the keys when a secret has changed. A
    /// request with an unknown key id makes a read due sooner. An error is logged and leaves the
    /// keys unchanged.
    pub async fn follow(&self, key_id: Option<&str>) {
        // Locked during the read, so that the result of an older read cannot replace that of a
        // newer one.
        let mut seen = self.seen.lock().await;
        let unknown = key_id.is_some_and(|id| matches!(self.keys.find(id), Ok(None)));
        let material = match self.material(unknown).await {
            Ok(material) => material,
            Err(error) => return tracing::error!(%error, "the keys cannot be read"),
        };
        if seen
            .as_ref()
            .is_some_and(|seen| seen.material.is(&material))
        {
            return;
        }
        let since = took_over(seen.as_ref(), &material.key, self.clock.now());
        match self.make(&material, since) {
            Ok(keys) => self.keys.replace(keys),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the keys stay unchanged")
            }
        }
        *seen = Some(Seen { material, since });
    }

    fn bring_literal(&self) -> Result<()> {
        let literal = |source: &Source| match source {
            Source::Text(versions) => Some(Arc::clone(versions)),
            Source::Kept(_) => None,
        };
        let refresh_secret = self.refresh_secret.as_ref().map(literal);
        if let (Some(key), None | Some(Some(_))) = (literal(&self.key), &refresh_secret) {
            let refresh_secret = refresh_secret.flatten();
            let material = Material {
                key,
                refresh_secret,
            };
            self.keys.replace(self.make(&material, self.clock.now())?);
        }
        Ok(())
    }

    async fn material(&self, doubted: bool) -> Result<Material, SecretError> {
        let refresh_secret = async {
            match &self.refresh_secret {
                Some(source) => source.versions(false).await.map(Some),
                None => Ok(None),
            }
        };
        let (key, refresh_secret) = tokio::join!(self.key.versions(doubted), refresh_secret);
        Ok(Material {
            key: key?,
            refresh_secret: refresh_secret?,
        })
    }

    fn make(&self, material: &Material, since: u64) -> Result<ServiceKeys> {
        let (key, refresh_secret) = (&material.key, material.refresh_secret.as_deref());
        let texts = KeyTexts {
            current: key.current.expose(),
            previous: key.previous.as_ref().map(SecretText::expose),
            current_since: Some(since),
            pending: key.pending.as_ref().map(SecretText::expose),
            refresh_secret: refresh_secret.map(|versions| versions.current.expose()),
            other_refresh_secrets: refresh_secret
                .map(|versions| {
                    let others = [&versions.previous, &versions.pending];
                    others.map(|text| text.as_ref().map(SecretText::expose))
                })
                .unwrap_or_default(),
        };
        ServiceKeys::from_texts(texts, self.examples, Arc::clone(&self.clock))
            .context("JWT_SECRET_KEY or COUNTERSIGN_REFRESH_SECRET cannot be used")
    }
}

/// When the key took over from the one before. A process that saw the change knows it, give or take
/// the time for which secrets are kept; other processes go by what Secrets Manager says.
fn took_over(seen: Option<&Seen>, key: &Versions, now: u64) -> u64 {
    match seen {
        Some(seen) if seen.material.key.current == key.current => seen.since,
        Some(_) => now,
        None => key.current_since.unwrap_or(now),
    }
}

impl Source {
    fn literal(text: &SecretText) -> Self {
        Self::Text(Arc::new(Versions {
            current: text.clone(),
            pending: None,
            previous: None,
            current_since: None,
        }))
    }

    fn kept(secret: CachedSecret) -> Self {
        Self::Kept(Box::new(secret))
    }

    async fn versions(&self, doubted: bool) -> Result<Arc<Versions>, SecretError> {
        match self {
            Self::Text(versions) => Ok(Arc::clone(versions)),
            Self::Kept(secret) if doubted => secret.doubted().await,
            Self::Kept(secret) => secret.current().await,
        }
    }
}

impl Material {
    fn is(&self, other: &Self) -> bool {
        let same = match (&self.refresh_secret, &other.refresh_secret) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same && Arc::ptr_eq(&self.key, &other.key)
    }
}
