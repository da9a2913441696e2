//! A cache for one secret of Secrets Manager.
//!
//! AWS has a crate for this, `aws_secretsmanager_caching`. This project does not use it: version
//! 2.0 depends on `aws-config`, which would lengthen the function's cold start, and its
//! documentation names no way to drop a value that the database has just refused.

use std::sync::{Arc, Once};
use std::time::Duration;

use async_trait::async_trait;
use auth_runtime::{SecretText, deadline};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::error::SecretError;
use crate::reference::SecretReference;

/// How long a value counts as current. A rotation is noticed after this time at the latest.
const TTL: Duration = Duration::from_secs(300);
/// The least time between two reads for callers that saw a sign of a newer value. Any client can
/// produce such a sign with a made-up key id, so the sign alone must not cause a call.
const PAUSE_OF_DOUBT: Duration = Duration::from_secs(30);
/// The least time between a failed read and the next one, so that many requests make one call.
const PAUSE: Duration = Duration::from_secs(1);
/// The least time between a failed read and the next one while an older value can be used.
const PAUSE_WITH_OLDER: Duration = Duration::from_secs(30);
/// The longest time that a version counts as pending before it becomes the current one, in
/// milliseconds. A secret also changes when its next version is stored, long after the rotation
/// before. Such a change must not bring the rotated-out version back to life.
const LONGEST_PENDING_MILLIS: u64 = 86_400_000;
/// How long a request waits for a newer value while an older one can be used.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(1);

/// The label that Secrets Manager gives to a version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// `AWSCURRENT`: the version in use.
    Current,
    /// `AWSPENDING`: the next version, during a rotation.
    Pending,
    /// `AWSPREVIOUS`: the version before the current one.
    Previous,
}

impl Stage {
    /// The label's name in Secrets Manager.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Pending => "AWSPENDING",
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// One version of a secret.
#[derive(Clone, Debug)]
pub struct SecretVersion {
    /// The secret itself.
    pub text: SecretText,
    /// When the version was stored, in milliseconds since the Unix epoch; `None` when the service
    /// does not say.
    pub created_at: Option<u64>,
}

/// A service that stores secrets.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Reads one version of a secret; [`SecretError::Missing`] when it does not exist.
    async fn fetch(
        &self,
        reference: &SecretReference,
        stage: Stage,
    ) -> Result<SecretVersion, SecretError>;

    /// When anything about the secret was changed last, its versions' stages included, in
    /// milliseconds since the Unix epoch; `None` when the service does not say.
    async fn changed_at(&self, reference: &SecretReference) -> Result<Option<u64>, SecretError>;
}

/// The versions of one secret that were read together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The version that is in use.
    pub current: SecretText,
    /// The next version, if it exists and was asked for.
    pub pending: Option<SecretText>,
    /// The version before the current one, if it exists and was asked for.
    pub previous: Option<SecretText>,
    /// When the current version took over from the previous one, in milliseconds since the Unix
    /// epoch; `None` without a previous version, or when it is not known.
    pub current_since: Option<u64>,
}

/// One secret, cached for a limited time. When a read fails, the old value stays in use. When
/// several callers need a read, one of them reads and the others wait for its result.
pub struct CachedSecret {
    source: Arc<dyn SecretSource>,
    reference: SecretReference,
    with_neighbours: bool,
    /// Warns once in a process that the time of a rotation is not known well.
    warned: Once,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<(Arc<Versions>, Instant)>,
    failed: Option<(SecretError, Instant)>,
    doubted_at: Option<Instant>,
}

impl State {
    /// The error of the last read, if it is younger than `pause`.
    fn failed_within(&self, pause: Duration) -> Option<&SecretError> {
        let (error, at) = self.failed.as_ref()?;
        (at.elapsed() < pause).then_some(error)
    }
}

impl CachedSecret {
    /// A cache for a secret with one version in use at a time, such as a password.
    #[must_use]
    pub fn new(source: Arc<dyn SecretSource>, reference: SecretReference) -> Self {
        Self {
            source,
            reference,
            with_neighbours: false,
            warned: Once::new(),
            state: Mutex::default(),
        }
    }

    /// A cache for a secret whose previous and next versions are in use too, such as a signing key.
    #[must_use]
    pub fn with_neighbours(source: Arc<dyn SecretSource>, reference: SecretReference) -> Self {
        Self {
            with_neighbours: true,
            ..Self::new(source, reference)
        }
    }

    /// The reference that the secret is read by.
    #[must_use]
    pub fn reference(&self) -> &SecretReference {
        &self.reference
    }

    /// The value: from the cache while it is fresh, otherwise read again, and if that fails, the
    /// old one. The call ends by the [deadline] of the request whose task it runs in.
    ///
    /// # Errors
    /// When the secret could not be read, now or before.
    pub async fn current(&self) -> Result<Arc<Versions>, SecretError> {
        let mut state = self.state.lock().await;
        self.younger_than(TTL, &mut state).await
    }

    /// The value for a caller that saw a sign of a newer one, such as an unknown key id. It is read
    /// again, but at most once in half a minute.
    ///
    /// # Errors
    /// When the secret could not be read, now or before.
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

    /// Reads a version other than the one that the database refused; `None` when no other exists.
    /// The caller must limit how often it calls this.
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
        // A rotation changes the password in the database before it makes the new version the
        // current one.
        let pending = self.source.fetch(&self.reference, Stage::Pending);
        let pending = present(self.in_time(None, pending).await)?;
        let pending = pending.map(|version| version.text);
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

    /// Ends a read by the deadline of the request, and after `limit` at the latest.
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
                current: fetch(Stage::Current).await?.text,
                pending: None,
                previous: None,
                current_since: None,
            });
        }
        let (current, pending, previous) = tokio::join!(
            fetch(Stage::Current),
            fetch(Stage::Pending),
            fetch(Stage::Previous)
        );
        let current = current?;
        // After a rotation the label `AWSPENDING` may stay on the version that has become the
        // current one.
        let other = |version: &SecretVersion| version.text != current.text;
        let pending = present(pending)?.filter(other);
        let previous = present(previous)?.filter(other);
        let current_since = match &previous {
            // After a step back, the previous version is the younger one.
            Some(previous) => {
                let created_at = current.created_at.max(previous.created_at);
                self.current_since(created_at).await
            }
            None => None,
        };
        Ok(Versions {
            pending: pending.map(|version| version.text),
            previous: previous.map(|version| version.text),
            current_since,
            current: current.text,
        })
    }

    /// When the current version became the current one. Secrets Manager does not say that, but it
    /// was neither before both versions were stored, the later of them at `created_at`, nor after
    /// the last change of the secret.
    async fn current_since(&self, created_at: Option<u64>) -> Option<u64> {
        let changed_at = match self.source.changed_at(&self.reference).await {
            Ok(changed_at) => changed_at,
            Err(error) => {
                self.warned.call_once(|| {
                    tracing::warn!(
                        %error,
                        "the time of the last rotation is not known: a version that was pending \
                         for minutes retires the one before it too early"
                    );
                });
                None
            }
        };
        let created_at = created_at?;
        let latest = created_at.saturating_add(LONGEST_PENDING_MILLIS);
        Some(changed_at.unwrap_or(created_at).clamp(created_at, latest))
    }
}

/// The version, or `None` when it does not exist. Other errors stay errors.
fn present(
    version: Result<SecretVersion, SecretError>,
) -> Result<Option<SecretVersion>, SecretError> {
    match version {
        Ok(version) => Ok(Some(version)),
        Err(SecretError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
