//! Keys from a source that may change and fail.

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use anyhow::{Result, anyhow};
use async_trait::async_trait;
use auth_crypto::JwksKeyring;
use auth_runtime::{AdapterError, Algorithm, Clock, Keyring};
use tokio::sync::watch;

use crate::freshness::Freshness;

/// Reads a key set from where the issuer publishes it.
#[async_trait]
pub trait FetchKeySet: Send + Sync {
    /// Reads the text of the key set (RFC 7517 §5), within a time limit of its own.
    ///
    /// # Errors
    /// When there is no answer that can be used.
    async fn fetch(&self) -> Result<String>;
}

#[async_trait]
impl<F: Fn() -> Result<String> + Send + Sync> FetchKeySet for F {
    async fn fetch(&self) -> Result<String> {
        self()
    }
}

/// The keys of an issuer, for a [`auth_runtime::Verifier`]. A clone shares everything.
///
/// Before each token call [`prepare`](Self::prepare); when the component answers that the key is
/// unknown, call [`seek`](Self::seek) and ask it once more. An unknown id leaves nothing behind, and
/// the cool-down counts for all ids together, so no flood of ids causes more than one fetch in it.
#[derive(Clone)]
pub struct FetchedKeys(Arc<Inner>);

struct Inner {
    source: Arc<dyn FetchKeySet>,
    clock: Arc<dyn Clock>,
    random: fn() -> f64,
    freshness: Freshness,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    attempted_at: Option<u64>,
    /// Closed when the fetch that is under way has ended.
    flight: Option<watch::Receiver<()>>,
}

struct Kept {
    keys: Arc<JwksKeyring>,
    fetched_at: u64,
    soft_ttl: Duration,
}

/// How old the kept keys are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    /// They serve, and are to be fetched anew.
    Stale,
    /// There are none that may be used.
    Expired,
}

impl FetchedKeys {
    /// Keys that are fetched when they are first needed. `random` gives numbers from 0 to 1, for the
    /// jitter of the soft expiry.
    pub fn new(
        source: Arc<dyn FetchKeySet>,
        clock: Arc<dyn Clock>,
        random: fn() -> f64,
        freshness: Freshness,
    ) -> Self {
        Self(Arc::new(Inner {
            source,
            clock,
            random,
            freshness,
            state: RwLock::default(),
        }))
    }

    /// Sees to it that there are keys as far as possible: it waits for a fetch where none may be used,
    /// and begins one in the background where they are due.
    pub async fn prepare(&self) {
        match self.0.age() {
            Age::Fresh => {}
            Age::Stale => drop(self.begin(self.0.freshness.cool_down)),
            Age::Expired => self.refresh(Freshness::EMPTY_COOL_DOWN).await,
        }
    }

    /// Waits for the fetch that is due, while the kept keys still serve. For a host whose process stands
    /// still between two calls, where nothing goes on in the background.
    pub async fn renew(&self) {
        if self.0.age() == Age::Stale {
            self.refresh(self.0.freshness.cool_down).await;
        }
    }

    /// Fetches the keys for an id that is not among them, unless that was tried a moment ago. Returns
    /// whether another look is worth while.
    pub async fn seek(&self) -> bool {
        let flight = self.begin(self.0.freshness.cool_down);
        let has_fetched = flight.is_some();
        landed(flight).await;
        has_fetched
    }

    /// Whether there are keys that may be used now.
    pub fn is_ready(&self) -> bool {
        self.0.age() != Age::Expired
    }

    async fn refresh(&self, cool_down: Duration) {
        landed(self.begin(cool_down)).await;
    }

    /// Joins the fetch that is under way, or begins one unless that was tried within `cool_down`. It
    /// goes on when the caller gives up.
    fn begin(&self, cool_down: Duration) -> Option<watch::Receiver<()>> {
        let mut state = self.0.write();
        // The channel of a fetch that ended, by a panic also, is closed.
        if let Some(flight) = &state.flight
            && flight.has_changed().is_ok()
        {
            return Some(flight.clone());
        }
        let now = self.0.clock.now();
        let elapsed = state.attempted_at.and_then(|at| now.checked_sub(at));
        if elapsed.is_some_and(|elapsed| Duration::from_millis(elapsed) < cool_down) {
            return None;
        }
        state.attempted_at = Some(now);
        let (flying, flight) = watch::channel(());
        state.flight = Some(flight.clone());
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            inner.fetch().await;
            drop(flying);
        });
        Some(flight)
    }
}

async fn landed(flight: Option<watch::Receiver<()>>) {
    if let Some(mut flight) = flight {
        // Nothing is sent: the end of the channel is the news.
        let _ = flight.changed().await;
    }
}

impl Inner {
    async fn fetch(&self) {
        let read = match self.source.fetch().await {
            Ok(text) => JwksKeyring::parse(&text).map_err(anyhow::Error::from),
            Err(error) => Err(error),
        };
        match read {
            Ok(keys) => {
                tracing::debug!(keys = keys.keys().len(), left_out = ?keys.left_out(), "keys fetched");
                self.write().kept = Some(Kept {
                    keys: Arc::new(keys),
                    fetched_at: self.clock.now(),
                    soft_ttl: self.freshness.jittered((self.random)()),
                });
            }
            // Keys that are there serve until their hard expiry.
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(error, serving = self.age() != Age::Expired, "no new keys");
            }
        }
    }

    fn age(&self) -> Age {
        let state = self.read();
        let Some(kept) = &state.kept else {
            return Age::Expired;
        };
        match self.clock.now().checked_sub(kept.fetched_at) {
            // After a step back of the clock their age is unknown.
            None => Age::Stale,
            Some(age) => {
                let age = Duration::from_millis(age);
                if age >= self.freshness.hard_ttl {
                    Age::Expired
                } else if age >= kept.soft_ttl {
                    Age::Stale
                } else {
                    Age::Fresh
                }
            }
        }
    }

    fn keys(&self) -> Result<Arc<JwksKeyring>, AdapterError> {
        let keys = || Some(Arc::clone(&self.read().kept.as_ref()?.keys));
        let usable = (self.age() != Age::Expired).then(keys).flatten();
        usable.ok_or_else(|| AdapterError::Unavailable {
            retry_after: Freshness::EMPTY_COOL_DOWN,
            cause: anyhow!("there are no keys of the issuer that may be used"),
        })
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyring for FetchedKeys {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        self.0.keys()?.find(id)
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        self.0.keys()?.verify(id, message, signature)
    }
}
