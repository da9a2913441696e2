//! An issuer of access tokens with a real key, for tests of hosts that only verify.

use auth_crypto::SigningKey;
use auth_crypto::algorithm::{self, Algorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Signs any claims with one key, and publishes its public half.
pub struct TestIssuer {
    key: SigningKey,
    id: String,
}

impl TestIssuer {
    /// Makes a key of this algorithm, which is published under this id.
    ///
    /// # Panics
    /// When the cryptographic library fails.
    #[must_use]
    pub fn new(algorithm: Algorithm, id: &str) -> Self {
        Self {
            key: SigningKey::generate(algorithm).expect("a key"),
            id: id.to_owned(),
        }
    }

    /// The public key as a JWK (RFC 7517 §4).
    ///
    /// # Panics
    /// When the key is a shared secret, which has no public half.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = self.key.verifying().to_jwk().expect("a public key");
        jwk["kid"] = json!(self.id);
        jwk
    }

    /// Signs these claims as an access token (RFC 9068).
    ///
    /// # Panics
    /// When the cryptographic library fails.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let algorithm = algorithm::name(self.key.verifying().algorithm());
        let header = json!({ "alg": algorithm, "kid": self.id, "typ": "at+jwt" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = self.key.sign(message.as_bytes()).expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The claims of a token that is issued at `now`, in milliseconds since the Unix epoch, and lives for
/// ten minutes.
#[must_use]
pub fn test_claims(issuer: &str, audience: &str, now: u64, roles: &[&str]) -> Value {
    let now = now / 1000;
    json!({
        "iss": issuer,
        "sub": "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01",
        "aud": audience,
        "client_id": "countersign",
        "jti": "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e02",
        "sid": "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e03",
        "roles": roles,
        "iat": now,
        "exp": now + 600,
        "auth_time": now,
        "amr": ["pwd"],
    })
}
