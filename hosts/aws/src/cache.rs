//! A secret that is kept for a while.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_runtime::deadline;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::error::SecretError;
use crate::reference::SecretReference;
use crate::text::SecretText;

/// How long a value is taken for the current one. A rotation is seen that late at most.
const TTL: Duration = Duration::from_secs(300);
/// Between a failure and the next try, so that a crowd of requests makes no crowd of calls.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Between two looks for a newer value because the present one was refused: wrong credentials must
/// not become a storm of calls.
const REFETCH_COOL_DOWN: Duration = Duration::from_secs(30);
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
    refetched_at: Option<Instant>,
    /// What a rotation under way will make the current version, as last looked for.
    successor: Option<SecretText>,
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
    /// [deadline] of the request.
    ///
    /// # Errors
    /// When there never was one.
    pub async fn current(&self) -> Result<Arc<Versions>, SecretError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some((kept, since)) = &state.kept
            && now - *since < TTL
        {
            return Ok(Arc::clone(kept));
        }
        if let Some((error, at)) = &state.failed
            && now - *at < PAUSE_AFTER_FAILURE
        {
            let kept = state.kept.as_ref().map(|(kept, _)| Arc::clone(kept));
            return kept.ok_or_else(|| error.clone());
        }
        let read = self.read(&mut state).await;
        read.or_else(|error| {
            let (kept, _) = state.kept.as_ref().ok_or_else(|| error.clone())?;
            tracing::warn!(%error, "a secret could not be read again and is used as it was");
            Ok(Arc::clone(kept))
        })
    }

    /// A version in place of the one that was refused; `None` when none is known. Looks for one at most
    /// twice a minute.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn other_than(
        &self,
        refused: &SecretText,
    ) -> Result<Option<SecretText>, SecretError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        let is_cool = |at| now - at >= REFETCH_COOL_DOWN;
        if state.refetched_at.is_none_or(is_cool) {
            state.refetched_at = Some(now);
            state.successor = None;
            if self.read(&mut state).await?.current == *refused {
                // A rotation changes the password before it makes the new one the current one.
                let pending = self.source.fetch(&self.reference, Stage::Pending);
                state.successor = present(self.in_time(true, pending).await)?;
            }
        }
        let kept = state.kept.as_ref().map(|(kept, _)| &kept.current);
        let mut known = kept.into_iter().chain(&state.successor);
        Ok(known.find(|version| *version != refused).cloned())
    }

    async fn read(&self, state: &mut State) -> Result<Arc<Versions>, SecretError> {
        match self.in_time(state.kept.is_some(), self.versions()).await {
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

    /// Within the time of the request, and soon where there is something to go on with.
    async fn in_time<T>(
        &self,
        has_older: bool,
        read: impl Future<Output = Result<T, SecretError>>,
    ) -> Result<T, SecretError> {
        let patience = has_older.then(|| Instant::now() + PATIENCE);
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
