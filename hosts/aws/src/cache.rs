//! A cache for one secret of Secrets Manager.
//!
//! AWS has a crate for this, `aws_secretsmanager_caching`. Version 2.0 depends on `aws-config`, which
//! this function leaves out for the sake of its cold start, and its documentation names no way to drop
//! a value that the database has just refused.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_runtime::{SecretText, deadline};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::error::SecretError;
use crate::reference::SecretReference;

/// How long a value counts as current: a rotation is noticed this late at most.
const TTL: Duration = Duration::from_secs(300);
/// The least time between two reads for callers that met a newer value. Any client can make a caller
/// believe that, with a made-up key id.
const PAUSE_OF_DOUBT: Duration = Duration::from_secs(30);
/// The least time between a failed read and the next, so that many requests at once make one call.
const PAUSE: Duration = Duration::from_secs(1);
/// The same while there is an older value to go on with.
const PAUSE_WITH_OLDER: Duration = Duration::from_secs(30);
/// How long a request waits for a newer value while it has an older one.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(1);

/// The label of a version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// `AWSCURRENT`
    Current,
    /// `AWSPENDING`: the next version, during a rotation.
    Pending,
    /// `AWSPREVIOUS`: the version before the current one.
    Previous,
}

impl Stage {
    /// Its name in Secrets Manager.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Pending => "AWSPENDING",
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// A service that keeps secrets.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Reads one version of a secret; [`SecretError::Missing`] when it does not exist.
    async fn fetch(
        &self,
        reference: &SecretReference,
        stage: Stage,
    ) -> Result<SecretText, SecretError>;
}

/// The versions of a secret at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The version in use.
    pub current: SecretText,
    /// The next version, where it exists and was asked for.
    pub pending: Option<SecretText>,
    /// The version before, where it exists and was asked for.
    pub previous: Option<SecretText>,
}

/// A secret with a time to live. When a read fails, the old value stays in use. Of several concurrent
/// callers one reads, and the others wait for its result.
pub struct CachedSecret {
    source: Arc<dyn SecretSource>,
    reference: SecretReference,
    with_neighbours: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<(Arc<Versions>, Instant)>,
    failed: Option<(SecretError, Instant)>,
    doubted_at: Option<Instant>,
}

impl State {
    /// The error of the last read, where it is younger than `pause`.
    fn failed_within(&self, pause: Duration) -> Option<&SecretError> {
        let (error, at) = self.failed.as_ref()?;
        (at.elapsed() < pause).then_some(error)
    }
}

impl CachedSecret {
    /// A secret of which one version is in use at a time, such as a password.
    #[must_use]
    pub fn new(source: Arc<dyn SecretSource>, reference: SecretReference) -> Self {
        Self {
            source,
            reference,
            with_neighbours: false,
            state: Mutex::default(),
        }
    }

    /// A secret of which the version before and the next one are in use too, such as a signing key.
    #[must_use]
    pub fn with_neighbours(source: Arc<dyn SecretSource>, reference: SecretReference) -> Self {
        Self {
            with_neighbours: true,
            ..Self::new(source, reference)
        }
    }

    /// The name of the secret.
    #[must_use]
    pub fn reference(&self) -> &SecretReference {
        &self.reference
    }

    /// The value: from the cache while it is fresh, else read again, else the old one. Ends by the
    /// [deadline] of the request in whose task it is called.
    ///
    /// # Errors
    /// When no value was ever read.
    pub async fn current(&self) -> Result<Arc<Versions>, SecretError> {
        let mut state = self.state.lock().await;
        self.younger_than(TTL, &mut state).await
    }

    /// The value for a caller that met a sign of a newer one, such as an unknown key id. It is read
    /// again, but not twice in half a minute.
    ///
    /// # Errors
    /// When no value was ever read.
    pub async fn doubted(&self) -> Result<Arc<Versions>, SecretError> {
        let mut state = self.state.lock().await;
        let age = match state.doubted_at {
            Some(at) if at.elapsed() < PAUSE_OF_DOUBT => TTL,
            _ => {
                state.doubted_at = Some(Instant::now());
                Duration::ZERO
            }
        };
        self.younger_than(age, &mut state).await
    }

    async fn younger_than(
        &self,
        age: Duration,
        state: &mut State,
    ) -> Result<Arc<Versions>, SecretError> {
        let Some((kept, since)) = state.kept.clone() else {
            return match state.failed_within(PAUSE) {
                Some(error) => Err(error.clone()),
                None => self.read(state, None).await,
            };
        };
        if since.elapsed() < age || state.failed_within(PAUSE_WITH_OLDER).is_some() {
            return Ok(kept);
        }
        let read = self.read(state, Some(REFRESH_TIMEOUT)).await;
        Ok(read.unwrap_or_else(|error| {
            tracing::warn!(%error, "a secret could not be read again and is used as it was");
            kept
        }))
    }

    /// Reads a version other than the one that was refused; `None` when no other exists. The caller
    /// limits how often this is called.
    ///
    /// # Errors
    /// When the read fails.
    pub async fn other_than(
        &self,
        refused: &SecretText,
    ) -> Result<Option<SecretText>, SecretError> {
        let mut state = self.state.lock().await;
        let read = self.read(&mut state, None).await?;
        if read.current != *refused {
            return Ok(Some(read.current.clone()));
        }
        // A rotation changes the password in the database before it makes the new version current.
        let pending = self.source.fetch(&self.reference, Stage::Pending);
        let pending = present(self.in_time(None, pending).await)?;
        Ok(pending.filter(|version| version != refused))
    }

    async fn read(
        &self,
        state: &mut State,
        limit: Option<Duration>,
    ) -> Result<Arc<Versions>, SecretError> {
        match self.in_time(limit, self.versions()).await {
            Ok(versions) => {
                let versions = Arc::new(versions);
                state.kept = Some((Arc::clone(&versions), Instant::now()));
                state.failed = None;
                Ok(versions)
            }
            Err(error) => {
                state.failed = Some((error.clone(), Instant::now()));
                Err(error)
            }
        }
    }

    /// Ends a read by the deadline of the request, and after `limit`.
    async fn in_time<T>(
        &self,
        limit: Option<Duration>,
        read: impl Future<Output = Result<T, SecretError>>,
    ) -> Result<T, SecretError> {
        let limit = limit.map(|limit| Instant::now() + limit);
        let Some(until) = deadline::current().into_iter().chain(limit).min() else {
            return read.await;
        };
        let slow = |_| Err(SecretError::Slow(self.reference.clone()));
        timeout_at(until, read).await.unwrap_or_else(slow)
    }

    async fn versions(&self) -> Result<Versions, SecretError> {
        let fetch = |stage| self.source.fetch(&self.reference, stage);
        if !self.with_neighbours {
            return Ok(Versions {
                current: fetch(Stage::Current).await?,
                pending: None,
                previous: None,
            });
        }
        let (current, pending, previous) = tokio::join!(
            fetch(Stage::Current),
            fetch(Stage::Pending),
            fetch(Stage::Previous)
        );
        let current = current?;
        // After a rotation the label of the next version may stay on the version that became current.
        let other = |version: &SecretText| *version != current;
        let (pending, previous) = (present(pending)?, present(previous)?);
        Ok(Versions {
            pending: pending.filter(other),
            previous: previous.filter(other),
            current,
        })
    }
}

/// A version that may be missing.
fn present(version: Result<SecretText, SecretError>) -> Result<Option<SecretText>, SecretError> {
    match version {
        Ok(version) => Ok(Some(version)),
        Err(SecretError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
