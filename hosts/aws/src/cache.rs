//! A secret that is kept for a while.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_runtime::{SecretText, deadline};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::error::SecretError;
use crate::reference::SecretReference;

/// How long a value is taken for the current one. A rotation is seen that late at most.
const TTL: Duration = Duration::from_secs(300);
/// Between two readings because a caller knows of a newer value: anybody may claim to.
const PAUSE_OF_DOUBT: Duration = Duration::from_secs(30);
/// Between a failure and the next try, so that a crowd of requests makes no crowd of calls.
const PAUSE: Duration = Duration::from_secs(1);
/// The same while there is an older value to go on with.
const PAUSE_WITH_OLDER: Duration = Duration::from_secs(30);
/// What a request waits for a newer value while it has an older one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Which version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// `AWSCURRENT`
    Current,
    /// `AWSPENDING`: the next one, while a rotation is under way.
    Pending,
    /// `AWSPREVIOUS`: the one before.
    Previous,
}

impl Stage {
    /// As Secrets Manager names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Pending => "AWSPENDING",
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// Where secrets are read from.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// One version of a secret, [`SecretError::Missing`] when there is none.
    async fn fetch(
        &self,
        reference: &SecretReference,
        stage: Stage,
    ) -> Result<SecretText, SecretError>;
}

/// The versions of a secret at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The one that counts.
    pub current: SecretText,
    /// The next one, if there is any and it was asked for.
    pub pending: Option<SecretText>,
    /// The one before, if there is any and it was asked for.
    pub previous: Option<SecretText>,
}

/// A secret with a time to live. When it cannot be read again, the old value goes on; of many callers
/// at once one reads and the others wait for it.
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
    /// Why it could not be read, if that is so short ago that it is not tried again.
    fn failed_within(&self, pause: Duration) -> Option<&SecretError> {
        let (error, at) = self.failed.as_ref()?;
        (at.elapsed() < pause).then_some(error)
    }
}

impl CachedSecret {
    /// A secret of which one version counts at a time, such as a password.
    #[must_use]
    pub fn new(source: Arc<dyn SecretSource>, reference: SecretReference) -> Self {
        Self {
            source,
            reference,
            with_neighbours: false,
            state: Mutex::default(),
        }
    }

    /// A secret of which the version before and the next one count as well, such as a signing key.
    #[must_use]
    pub fn with_neighbours(source: Arc<dyn SecretSource>, reference: SecretReference) -> Self {
        Self {
            with_neighbours: true,
            ..Self::new(source, reference)
        }
    }

    /// What it is kept as.
    #[must_use]
    pub fn reference(&self) -> &SecretReference {
        &self.reference
    }

    /// The value: as kept while it is fresh, else read anew, else as kept all the same. Ends by the
    /// [deadline] of the request in whose task it is called.
    ///
    /// # Errors
    /// When there never was one.
    pub async fn current(&self) -> Result<Arc<Versions>, SecretError> {
        let mut state = self.state.lock().await;
        self.younger_than(TTL, &mut state).await
    }

    /// The same for a caller who has met something of a newer value, such as the id of a key: it is
    /// read anew, but not twice in half a minute.
    ///
    /// # Errors
    /// When there never was one.
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
        let read = self.read(state, Some(PATIENCE)).await;
        Ok(read.unwrap_or_else(|error| {
            tracing::warn!(%error, "a secret could not be read again and is used as it was");
            kept
        }))
    }

    /// A version in place of the one that was refused, read anew; `None` when there is none. The
    /// caller sees to it that this is not asked all the time.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn other_than(
        &self,
        refused: &SecretText,
    ) -> Result<Option<SecretText>, SecretError> {
        let mut state = self.state.lock().await;
        let read = self.read(&mut state, None).await?;
        if read.current != *refused {
            return Ok(Some(read.current.clone()));
        }
        // A rotation changes the password before it makes the new one the current one.
        let pending = self.source.fetch(&self.reference, Stage::Pending);
        let pending = present(self.in_time(None, pending).await)?;
        Ok(pending.filter(|version| version != refused))
    }

    async fn read(
        &self,
        state: &mut State,
        patience: Option<Duration>,
    ) -> Result<Arc<Versions>, SecretError> {
        match self.in_time(patience, self.versions()).await {
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

    /// Within the time of the request, and of the caller's patience.
    async fn in_time<T>(
        &self,
        patience: Option<Duration>,
        read: impl Future<Output = Result<T, SecretError>>,
    ) -> Result<T, SecretError> {
        let patience = patience.map(|patience| Instant::now() + patience);
        let Some(until) = deadline::current().into_iter().chain(patience).min() else {
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
        // After a rotation the label of the next version may stay on what is the current one by then.
        let other = |version: &SecretText| *version != current;
        let (pending, previous) = (present(pending)?, present(previous)?);
        Ok(Versions {
            pending: pending.filter(other),
            previous: previous.filter(other),
            current,
        })
    }
}

/// A version that need not be there.
fn present(version: Result<SecretText, SecretError>) -> Result<Option<SecretText>, SecretError> {
    match version {
        Ok(version) => Ok(Some(version)),
        Err(SecretError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
