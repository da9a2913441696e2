//! The verifier of the gate, when a capability fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::anyhow;
use auth_composition::policy_source;
use auth_crypto::JwksKeyring;
use auth_edge_tests::{AUDIENCE, ISSUER, TestIssuer, test_claims};
use auth_memory::ManualClock;
use auth_runtime::{
    AdapterError, Algorithm, Allocation, Clock, Engine, Expectation, Keyring, Limits, Verifier,
    VerifierCapabilities,
};
use serde_json::json;

/// Keys that fail while they are broken, which traps the component.
struct Breakable {
    keys: JwksKeyring,
    is_broken: AtomicBool,
}

impl Keyring for Breakable {
    fn find(&self, id: &str) -> Result<Option<Algorithm>, AdapterError> {
        match self.is_broken.load(Ordering::Relaxed) {
            true => Err(AdapterError::fault(anyhow!("broken"))),
            false => self.keys.find(id),
        }
    }

    fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<bool, AdapterError> {
        self.keys.verify(id, message, signature)
    }
}

#[test]
fn a_call_that_traps_costs_that_call_alone() {
    let issuer = TestIssuer::new(Algorithm::EdDsa, "a");
    let keys = json!({ "keys": [issuer.jwk()] }).to_string();
    let keys = Arc::new(Breakable {
        keys: JwksKeyring::parse(&keys).unwrap(),
        is_broken: AtomicBool::new(false),
    });
    let clock = Arc::new(ManualClock::default());
    let token = issuer.sign(&test_claims(ISSUER, AUDIENCE, clock.now(), &["user"]));
    let engine = Engine::load(Allocation::OnDemand).unwrap();
    let policy = policy_source(
        engine.compile_policy("").unwrap().unwrap(),
        ISSUER,
        AUDIENCE,
    );
    let capabilities = VerifierCapabilities {
        clock,
        keyring: keys.clone(),
    };
    let verifier = Verifier::new(&engine, capabilities, policy, Limits::default()).unwrap();
    let expected = Expectation {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        leeway_seconds: 0,
    };
    for is_broken in [false, true, true, false] {
        keys.is_broken.store(is_broken, Ordering::Relaxed);
        let answer = verifier.verify(&token, &expected);
        assert_eq!(answer.is_err(), is_broken);
        assert!(answer.is_err() || answer.unwrap().is_ok());
    }
}
