use std::collections::HashMap;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::{advance, sleep};

use super::*;

/// A stand-in for Secrets Manager, whose secrets and errors the test sets.
#[derive(Default)]
struct Fake {
    versions: StdMutex<HashMap<&'static str, Result<&'static str, SecretError>>>,
    delay: StdMutex<Duration>,
    calls: AtomicUsize,
    created_at: Option<u64>,
    changed_at: Option<u64>,
    describable: bool,
}

impl Fake {
    fn of(value: &'static str) -> Arc<Self> {
        let fake = Arc::new(Self::default());
        fake.set(Stage::Current, Ok(value));
        fake
    }

    fn set(&self, stage: Stage, version: Result<&'static str, SecretError>) {
        self.versions.lock().unwrap().insert(stage.name(), version);
    }

    fn slow_down(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SecretSource for Fake {
    async fn fetch(
        &self,
        reference: &SecretReference,
        stage: Stage,
    ) -> Result<SecretVersion, SecretError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let delay = *self.delay.lock().unwrap();
        sleep(delay).await;
        let found = self.versions.lock().unwrap().get(stage.name()).cloned();
        let missing = || SecretError::Missing(reference.clone());
        let text = found.unwrap_or_else(|| Err(missing()))?;
        Ok(SecretVersion {
            text: SecretText::new(text.to_owned()),
            created_at: self.created_at,
        })
    }

    async fn changed_at(&self, reference: &SecretReference) -> Result<Option<u64>, SecretError> {
        match self.describable {
            true => Ok(self.changed_at),
            false => Err(SecretError::Forbidden {
                reference: reference.clone(),
                code: "AccessDeniedException".to_owned(),
            }),
        }
    }
}

fn reference() -> SecretReference {
    "secretsmanager:auth/test".parse().unwrap()
}

fn secret(fake: &Arc<Fake>) -> CachedSecret {
    CachedSecret::new(fake.clone(), reference())
}

fn down() -> SecretError {
    SecretError::Unreachable {
        reference: reference(),
        code: "no connection".to_owned(),
    }
}

async fn value(secret: &CachedSecret) -> String {
    secret.current().await.unwrap().current.expose().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_value_is_read_again_after_its_time() {
    let fake = Fake::of("one");
    let secret = secret(&fake);
    assert_eq!(value(&secret).await, "one");
    fake.set(Stage::Current, Ok("two"));
    advance(TTL - Duration::from_millis(1)).await;
    assert_eq!((value(&secret).await, fake.calls()), ("one".to_owned(), 1));
    advance(Duration::from_millis(1)).await;
    assert_eq!((value(&secret).await, fake.calls()), ("two".to_owned(), 2));
}

#[tokio::test(start_paused = true)]
async fn an_old_value_serves_while_it_cannot_be_read_again() {
    let fake = Fake::of("one");
    let secret = secret(&fake);
    assert_eq!(value(&secret).await, "one");
    fake.set(Stage::Current, Err(down()));
    advance(TTL).await;
    for _ in 0..10 {
        assert_eq!(value(&secret).await, "one");
    }
    assert_eq!(fake.calls(), 2, "a failure is followed by a pause");
    fake.set(Stage::Current, Ok("two"));
    advance(PAUSE_WITH_OLDER).await;
    assert_eq!(value(&secret).await, "two");
}

#[tokio::test(start_paused = true)]
async fn an_old_value_is_not_waited_for_long() {
    let fake = Fake::of("one");
    let secret = secret(&fake);
    assert_eq!(value(&secret).await, "one");
    fake.slow_down(Duration::from_secs(60));
    advance(TTL).await;
    let asked = Instant::now();
    assert_eq!(value(&secret).await, "one");
    assert_eq!(asked.elapsed(), REFRESH_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn without_a_value_the_error_says_why_and_the_next_try_may_succeed() {
    let fake = Fake::of("one");
    fake.set(Stage::Current, Err(down()));
    let secret = secret(&fake);
    for _ in 0..10 {
        assert_eq!(secret.current().await, Err(down()));
    }
    assert_eq!(fake.calls(), 1);
    fake.set(Stage::Current, Ok("one"));
    advance(PAUSE).await;
    assert_eq!(value(&secret).await, "one");
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_ends_at_the_deadline_of_the_request() {
    let fake = Fake::of("one");
    fake.slow_down(Duration::from_secs(60));
    let secret = secret(&fake);
    let asked = Instant::now();
    let by = asked + Duration::from_millis(700);
    let answer = deadline::within(by, secret.current()).await;
    assert_eq!(answer, Err(SecretError::Slow(reference())));
    assert_eq!(asked.elapsed(), Duration::from_millis(700));
}

#[tokio::test(start_paused = true)]
async fn of_many_callers_one_reads() {
    let fake = Fake::of("one");
    fake.slow_down(Duration::from_millis(50));
    let secret = Arc::new(secret(&fake));
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let secret = Arc::clone(&secret);
            tokio::spawn(async move { value(&secret).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "one");
    }
    assert_eq!(fake.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_knows_of_a_newer_value_need_not_wait_for_the_end_of_the_older_ones_time() {
    let fake = Fake::of("one");
    let secret = secret(&fake);
    value(&secret).await;
    for (newer, calls) in [("two", 2), ("three", 3)] {
        fake.set(Stage::Current, Ok(newer));
        for _ in 0..10 {
            let doubted = secret.doubted().await.unwrap();
            assert_eq!(doubted.current.expose(), newer);
        }
        assert_eq!(fake.calls(), calls, "no storm");
        assert_eq!(value(&secret).await, newer);
        advance(PAUSE_OF_DOUBT).await;
    }
}

async fn other(secret: &CachedSecret, refused: &str) -> Option<String> {
    let refused = SecretText::new(refused.to_owned());
    let other = secret.other_than(&refused).await.unwrap();
    other.map(|version| version.expose().to_owned())
}

#[tokio::test(start_paused = true)]
async fn in_place_of_a_refused_version_comes_the_current_or_the_pending_one() {
    let fake = Fake::of("one");
    let secret = secret(&fake);
    value(&secret).await;
    assert_eq!(other(&secret, "one").await, None);
    fake.set(Stage::Pending, Ok("two"));
    assert_eq!(other(&secret, "one").await.as_deref(), Some("two"));
    // A rotation that was abandoned has restored the old password.
    assert_eq!(other(&secret, "two").await.as_deref(), Some("one"));
    fake.set(Stage::Current, Ok("two"));
    assert_eq!(other(&secret, "one").await.as_deref(), Some("two"));
    // The label may stay on the version that has become the current one.
    assert_eq!(other(&secret, "two").await, None);
    assert_eq!(value(&secret).await, "two");
    for stage in [Stage::Pending, Stage::Current] {
        fake.set(stage, Err(down()));
        let refused = SecretText::new("two".to_owned());
        assert_eq!(secret.other_than(&refused).await, Err(down()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_comes_with_its_neighbours() {
    let fake = Fake::of("two");
    fake.set(Stage::Previous, Ok("one"));
    fake.set(Stage::Pending, Ok("two"));
    let secret = CachedSecret::with_neighbours(fake.clone(), reference());
    let versions = secret.current().await.unwrap();
    assert_eq!(versions.previous.as_ref().unwrap().expose(), "one");
    assert_eq!(
        versions.pending, None,
        "the current version is not pending too"
    );
    fake.set(Stage::Pending, Err(down()));
    let secret = CachedSecret::with_neighbours(fake.clone(), reference());
    assert_eq!(
        secret.current().await,
        Err(down()),
        "one failed read fails the call"
    );
}

#[tokio::test]
async fn the_time_of_a_rotation_lies_between_creation_and_last_change() {
    const CREATED: u64 = 1_790_000_000_000;
    const HOUR: u64 = 3_600_000;
    for (created_at, changed_at, describable, since) in [
        // It was pending for an hour.
        (
            Some(CREATED),
            Some(CREATED + HOUR),
            true,
            Some(CREATED + HOUR),
        ),
        (Some(CREATED), Some(CREATED), true, Some(CREATED)),
        // Weeks after the rotation the next version was stored.
        (
            Some(CREATED),
            Some(CREATED + 999 * HOUR),
            true,
            Some(CREATED + 24 * HOUR),
        ),
        // The answers come from servers whose clocks differ.
        (Some(CREATED), Some(CREATED - 1), true, Some(CREATED)),
        (Some(CREATED), None, true, Some(CREATED)),
        (Some(CREATED), Some(CREATED + HOUR), false, Some(CREATED)),
        (None, Some(CREATED), true, None),
    ] {
        let fake = Arc::new(Fake {
            created_at,
            changed_at,
            describable,
            ..Fake::default()
        });
        fake.set(Stage::Current, Ok("two"));
        let secret = CachedSecret::with_neighbours(fake.clone(), reference());
        assert_eq!(secret.current().await.unwrap().current_since, None);
        fake.set(Stage::Previous, Ok("one"));
        let secret = CachedSecret::with_neighbours(fake.clone(), reference());
        let found = secret.current().await.unwrap().current_since;
        assert_eq!(found, since, "{created_at:?} {changed_at:?} {describable}");
    }
}
