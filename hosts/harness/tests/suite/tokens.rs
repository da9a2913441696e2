//! Tokens with real signatures.

use auth_crypto::SigningKey;
use auth_runtime::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{HEAD, POLICY, complaints, folder, run, run_cases};

#[test]
fn a_real_key_of_each_algorithm_signs_and_forges() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let cases = format!(
            "[[token]]\nalgorithm = '{algorithm}'\nat = {{ '0s' = 'ok', '1d' = 'expired' }}\n\
             [[token]]\nalgorithm = '{algorithm}'\nforged = true\nexpect = 'bad-signature'\n\
             [[token]]\nalgorithm = '{algorithm}'\nheader = {{ alg = 'HS256' }}\nexpect = 'unknown-key'\n"
        );
        assert_eq!(complaints(&run_cases(&cases)), [""; 0], "{algorithm}");
    }
}

#[test]
fn the_tokens_of_another_service_are_checked_with_its_published_keys() {
    let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({ "alg": "EdDSA", "kid": key.id(), "typ": "at+jwt" }));
    let claims = part(json!({
        "iss": "https://login.example.org", "sub": "s", "aud": "shop", "client_id": "c", "jti": "j",
        "sid": "i", "roles": ["user"], "iat": 1_893_456_000, "exp": 1_893_456_600,
        "auth_time": 1_893_456_000, "amr": ["pwd"],
    }));
    let message = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()).expect("a signature"));
    let keys = json!({ "keys": [key.verifying().to_jwk()] }).to_string();
    let cases = |issuer: &str, keys: &str| {
        format!(
            "{HEAD}[[token]]\nrows = 'tokens.csv'\ntoken = '{{token}}'\nkeys = '{keys}'\nissuer = '{issuer}'\n\
             for = 'shop'\nat = {{ '0s' = '{{expect}}', '1d' = '{{later}}' }}\n"
        )
    };
    let rows = format!(
        "token,expect,later\n{message}.{signature},ok,expired\n{message}.{},bad-signature,bad-signature\n",
        "A".repeat(86)
    );
    for (issuer, keys_at, expected) in [
        ("https://login.example.org", "keys.json", None),
        (
            "https://auth.example.com",
            "keys.json",
            Some("actual wrong-issuer"),
        ),
        (
            "https://login.example.org",
            "policy.toml",
            Some("`policy.toml` has no keys"),
        ),
        (
            "https://login.example.org",
            "none.json",
            Some("cannot read `none.json`"),
        ),
    ] {
        let folder = folder(&[
            ("policy.toml", POLICY),
            ("keys.json", &keys),
            ("tokens.csv", &rows),
            ("a.cases.toml", &cases(issuer, keys_at)),
        ]);
        let complaints = complaints(&run(folder.path()));
        match expected {
            None => assert_eq!(complaints, [""; 0]),
            Some(expected) => assert!(complaints[0].contains(expected), "{complaints:?}"),
        }
    }
}
