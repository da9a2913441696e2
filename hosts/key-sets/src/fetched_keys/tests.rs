use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use auth_crypto::SigningKey;
use auth_memory::ManualClock;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};

use super::*;

/// A source whose answers a test sets: the ids that it publishes, `down` or `malformed`.
struct Issuer {
    published: Mutex<Value>,
    fetches: AtomicUsize,
}

#[async_trait]
impl FetchKeySet for Issuer {
    async fn fetch(&self) -> Result<String> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        // So that others find the fetch under way.
        yield_now().await;
        match &*self.published.lock().unwrap() {
            Value::Array(ids) => Ok(key_set(ids)),
            Value::String(word) if word == "malformed" => Ok("<html>".to_owned()),
            _ => Err(anyhow!("nobody listens")),
        }
    }
}

/// A set of one key under several ids.
fn key_set(ids: &[Value]) -> String {
    static KEY: OnceLock<Value> = OnceLock::new();
    let generate = || {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        key.verifying().to_jwk().unwrap()
    };
    let with_id = |id: &Value| {
        let mut key = KEY.get_or_init(generate).clone();
        key["kid"] = id.clone();
        key
    };
    let keys: Vec<_> = ids.iter().map(with_id).collect();
    json!({ "keys": keys }).to_string()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    #[serde(default)]
    random: u8,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Milliseconds since the beginning.
    at: u64,
    /// What the source answers from now on.
    published: Option<Value>,
    find: String,
    /// How many ids are looked for one after the other, `find` and a number each.
    #[serde(default)]
    ids: usize,
    /// How many look for the id at one time.
    #[serde(default)]
    callers: usize,
    answer: String,
    /// How often the source was asked by the end of the step.
    fetches: usize,
}

/// What a gate does for a token with this key id.
async fn find(keys: FetchedKeys, id: String) -> &'static str {
    keys.prepare().await;
    let mut found = keys.find(&id);
    if let Ok(None) = found
        && keys.seek().await
    {
        found = keys.find(&id);
    }
    match found {
        Ok(Some(_)) => "found",
        Ok(None) => "unknown",
        Err(AdapterError::Unavailable { retry_after, .. }) => {
            assert_eq!(retry_after, Duration::from_secs(1));
            "unavailable"
        }
        Err(AdapterError::Fault(error)) => panic!("{error}"),
    }
}

async fn run(scenario: Scenario) {
    let issuer = Arc::new(Issuer {
        published: Mutex::default(),
        fetches: AtomicUsize::new(0),
    });
    let clock = ManualClock::default();
    let start = clock.now();
    let random = [|| 0.0, || 1.0][usize::from(scenario.random)];
    let keys = FetchedKeys::new(
        Arc::clone(&issuer) as _,
        Arc::new(clock.clone()),
        random,
        Freshness::default(),
    );
    for step in scenario.steps {
        let name = format!("{} at {}", scenario.name, step.at);
        clock.set(start + step.at);
        if let Some(published) = step.published {
            *issuer.published.lock().unwrap() = published;
        }
        let mut callers = JoinSet::new();
        for _ in 0..step.callers.max(1) {
            let (keys, id, ids) = (keys.clone(), step.find.clone(), step.ids);
            callers.spawn(async move {
                let mut answers = vec![find(keys.clone(), id.clone()).await];
                for at in 0..ids {
                    answers.push(find(keys.clone(), format!("{id} {at}")).await);
                }
                answers
            });
        }
        let answers = callers.join_all().await.concat();
        assert!(
            answers.iter().all(|answer| *answer == step.answer),
            "{name}: {answers:?}"
        );
        // What goes on in the background ends before the next step.
        let flight = keys.0.read().flight.clone();
        landed(flight).await;
        assert_eq!(
            issuer.fetches.load(Ordering::SeqCst),
            step.fetches,
            "{name}"
        );
    }
}

#[tokio::test]
async fn keys_are_fetched_as_the_verifier_for_javascript_does() {
    let scenarios = include_str!("../../../../tests/vectors/key-fetches.json");
    for scenario in serde_json::from_str::<Vec<Scenario>>(scenarios).unwrap() {
        run(scenario).await;
    }
}

/// A source that waits for its turn, and panics at the first.
struct Broken {
    turns: Semaphore,
    fetches: AtomicUsize,
}

#[async_trait]
impl FetchKeySet for Broken {
    async fn fetch(&self) -> Result<String> {
        self.turns.acquire().await.unwrap().forget();
        let before = self.fetches.fetch_add(1, Ordering::SeqCst);
        assert_ne!(before, 0, "the first fetch fails badly");
        Ok(key_set(&[json!("a")]))
    }
}

#[tokio::test]
async fn neither_a_caller_who_gives_up_nor_a_panic_keeps_others_from_the_keys() {
    let broken = Arc::new(Broken {
        turns: Semaphore::new(1),
        fetches: AtomicUsize::new(0),
    });
    let clock = ManualClock::default();
    let (source, shown) = (Arc::clone(&broken) as _, Arc::new(clock.clone()));
    let keys = FetchedKeys::new(source, shown, || 0.0, Freshness::default());
    assert_eq!(find(keys.clone(), "a".to_owned()).await, "unavailable");
    clock.advance(Duration::from_secs(1));
    let impatient = tokio::spawn(find(keys.clone(), "a".to_owned()));
    while keys
        .0
        .read()
        .flight
        .as_ref()
        .is_none_or(|flight| flight.has_changed().is_err())
    {
        yield_now().await;
    }
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    broken.turns.add_permits(1);
    assert_eq!(find(keys, "a".to_owned()).await, "found");
    assert_eq!(broken.fetches.load(Ordering::SeqCst), 2);
}
