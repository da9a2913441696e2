//! A key pair, tokens signed with it, and a verifier that knows its public key.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use auth_composition::policy_source;
use auth_crypto::{JwksKeyring, SigningKey, SystemClock};
use auth_rules::access_token::{Claims, encode, signing_input};
use auth_runtime::{
    Algorithm, Allocation, Clock, Engine, Expectation, Limits, Verifier, VerifierCapabilities,
};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://auth.example.org";
pub const AUDIENCE: &str = "https://api.example.org";

/// A key pair, and the public key in the form that a verifier gets.
pub struct Key {
    pub signing: SigningKey,
    pub jwk: Value,
}

impl Key {
    pub fn generate(algorithm: Algorithm) -> Result<Self> {
        let signing = SigningKey::generate(algorithm)?;
        let jwk = signing.verifying().to_jwk();
        let jwk = jwk.ok_or_else(|| anyhow!("the key has no public half"))?;
        Ok(Self { signing, jwk })
    }

    /// A token like those that the service issues.
    pub fn token(&self) -> Result<String> {
        let algorithm = match self.signing.algorithm() {
            Algorithm::Es256 => auth_rules::jose::Algorithm::Es256,
            _ => auth_rules::jose::Algorithm::EdDsa,
        };
        let input = signing_input(&claims(), self.signing.id(), algorithm);
        let signature = self.signing.sign(input.as_bytes())?;
        Ok(encode(input, &signature))
    }
}

/// A verifier with this key, under a policy file with this text.
pub fn verifier(key: &Key, policy: &str) -> Result<Verifier> {
    let engine = Engine::load(Allocation::Pooling(16))?;
    let policy = engine.compile_policy(policy)?;
    let policy = policy.map_err(|faults| anyhow!("a bad policy: {faults:?}"))?;
    let keys = json!({ "keys": [key.jwk] }).to_string();
    let capabilities = VerifierCapabilities {
        clock: Arc::new(SystemClock),
        keyring: Arc::new(JwksKeyring::parse(&keys)?),
    };
    let policy = policy_source(policy, ISSUER, AUDIENCE);
    let limits = Limits::default();
    Ok(auth_composition::verifier(
        &engine,
        capabilities,
        policy,
        limits,
    )?)
}

pub fn expectation() -> Expectation {
    Expectation {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        leeway_seconds: 0,
    }
}

fn claims() -> Claims {
    let now = SystemClock.now() / 1000;
    Claims {
        issuer: ISSUER.to_owned(),
        subject: "0190a5d8-7f3e-7c11-9f3a-1d2c3b4a5968".to_owned(),
        audience: vec![AUDIENCE.to_owned()],
        client_id: "countersign".to_owned(),
        token_id: "0190a5d8-7f3e-7c11-9f3a-1d2c3b4a5969".to_owned(),
        session_id: "0190a5d8-7f3e-7c11-9f3a-1d2c3b4a5970".to_owned(),
        roles: vec!["user".to_owned()],
        issued_at: now,
        expires_at: now + 86400,
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
    }
}
