//! A gate whose clock and issuer the test sets.

use std::sync::{Arc, Mutex};

use anyhow::{Result, bail};
use auth_composition::policy_source;
use auth_gate::Gate;
use auth_key_sets::{FetchedKeys, Freshness};
use auth_memory::ManualClock;
use auth_rules::policy_file::compile_routes;
use auth_runtime::{Allocation, Clock, Engine};
use serde_json::{Value, json};

use crate::issuer::{TestIssuer, test_claims};

/// The issuer of the tokens.
pub const ISSUER: &str = "https://auth.example.org";
/// The audience that the gate expects.
pub const AUDIENCE: &str = "shop";

/// What the issuer publishes, and how often it was asked.
#[derive(Default)]
struct Published {
    keys: Option<Value>,
    fetches: usize,
}

/// A gate, its clock and the key set of its issuer.
pub struct TestGate {
    /// The clock of the gate.
    pub clock: ManualClock,
    published: Arc<Mutex<Published>>,
}

impl TestGate {
    /// Makes a gate with this policy, whose issuer does not answer yet.
    ///
    /// # Panics
    /// When the policy is refused.
    #[must_use]
    pub fn new(policy: &str) -> (Self, Gate) {
        Self::of(policy, ISSUER, AUDIENCE)
    }

    /// As [`new`](Self::new), for tokens of this issuer and audience.
    ///
    /// # Panics
    /// When the policy is refused.
    #[must_use]
    pub fn of(policy: &str, issuer: &str, audience: &str) -> (Self, Gate) {
        let engine = Engine::load(Allocation::OnDemand).expect("the component");
        let clock = ManualClock::default();
        let published = Arc::new(Mutex::new(Published::default()));
        let shown: Arc<dyn Clock> = Arc::new(clock.clone());
        let keys = FetchedKeys::new(
            Arc::new(source(&published)),
            Arc::clone(&shown),
            || 0.0,
            Freshness::default(),
        );
        let compiled = engine.compile_policy(policy).expect("an answer");
        let compiled = compiled.expect("a policy that is right");
        let routes = compile_routes(policy).expect("routes that are right");
        let policy = policy_source(compiled, issuer, audience);
        let gate = Gate::new(&engine, shown, keys, policy, routes).expect("a gate");
        (Self { clock, published }, gate)
    }

    /// Sets the keys that the issuer publishes; `None` when it is down.
    ///
    /// # Panics
    /// When a thread panicked that held the keys.
    pub fn publish(&self, keys: Option<Value>) {
        self.published.lock().expect("no panic").keys = keys;
    }

    /// How often the key set was asked for.
    ///
    /// # Panics
    /// When a thread panicked that held the keys.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.published.lock().expect("no panic").fetches
    }

    /// A token of this issuer for an account with these roles, from now on.
    #[must_use]
    pub fn token(&self, issuer: &TestIssuer, roles: &[&str]) -> String {
        issuer.sign(&test_claims(ISSUER, AUDIENCE, self.clock.now(), roles))
    }
}

fn source(published: &Arc<Mutex<Published>>) -> impl Fn() -> Result<String> + use<> {
    let published = Arc::clone(published);
    move || {
        let mut published = published.lock().expect("no panic");
        published.fetches += 1;
        match &published.keys {
            Some(keys) => Ok(json!({ "keys": keys }).to_string()),
            None => bail!("nobody listens"),
        }
    }
}
