//! The native runtime, with the keys and the policy of the vectors and a clock that they set.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use auth_crypto::JwksKeyring;
use auth_memory::ManualClock;
use auth_runtime::{
    Allocation, DecideError, Decision, Deployment, Engine, Expectation, Limits, MatchedRule,
    PolicySource, Question, Verifier, VerifierCapabilities,
};
use serde_json::{Value, json};

use crate::vectors::{DecisionVector, TokenVector, Vectors};

/// A verifier and its clock.
pub struct Host {
    verifier: Verifier,
    clock: ManualClock,
    issuer: String,
}

impl Host {
    /// Makes the verifier.
    ///
    /// # Errors
    /// When keys or policy are not valid.
    pub fn new(vectors: &Vectors) -> Result<Self> {
        let engine = Engine::load(Allocation::OnDemand)?;
        let policy = engine.compile_policy(&vectors.policy)?;
        let policy = policy.map_err(|diagnostics| anyhow!("the policy: {diagnostics:?}"))?;
        let deployment = Deployment {
            issuer: vectors.issuer.clone(),
            audience: String::new(),
            client_id: String::new(),
        };
        let clock = ManualClock::at(0);
        let capabilities = VerifierCapabilities {
            clock: Arc::new(clock.clone()),
            keyring: Arc::new(JwksKeyring::parse(&vectors.jwks.to_string())?),
        };
        let policy = PolicySource::new(policy, deployment);
        Ok(Self {
            verifier: Verifier::new(&engine, capabilities, policy, Limits::default())?,
            clock,
            issuer: vectors.issuer.clone(),
        })
    }

    /// The verdict on a token.
    ///
    /// # Errors
    /// When the component fails.
    pub fn verify(&self, vector: &TokenVector) -> Result<Value> {
        self.clock.set(vector.now);
        let expected = Expectation {
            issuer: self.issuer.clone(),
            audience: vector.audience.clone(),
            leeway_seconds: vector.leeway,
        };
        Ok(match self.verifier.verify(&vector.token, &expected)? {
            Ok(_) => json!("valid"),
            Err(refusal) => json!(refusal.name()),
        })
    }

    /// The decision on a question.
    ///
    /// # Errors
    /// When the component fails.
    pub fn decide(&self, vector: &DecisionVector) -> Result<Value> {
        let question = Question {
            subject: vector.subject.clone(),
            roles: vector.roles.clone(),
            permission: vector.permission.clone(),
            owner: vector.owner.clone(),
        };
        Ok(match self.verifier.decide(&question)? {
            Ok(Decision::Allowed(rule)) => json!({ "allowed": matched(&rule) }),
            Ok(Decision::Denied(rule)) => json!({ "denied": matched(&rule) }),
            Ok(Decision::Unmatched) => json!("unmatched"),
            Err(DecideError::MalformedPermission) => json!("malformed-permission"),
            Err(DecideError::Token(refusal)) => json!(refusal.name()),
        })
    }
}

fn matched(rule: &MatchedRule) -> Value {
    json!({ "role": rule.role, "rule": rule.rule, "via": rule.via })
}
