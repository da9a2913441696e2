use super::*;

use serde_json::{Value, json};

use crate::signing_key::SigningKey;
use crate::vectors::*;

const OFF_CURVE: &str = "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn public(algorithm: Algorithm) -> Value {
    SigningKey::generate(algorithm)
        .unwrap()
        .verifying()
        .to_jwk()
        .unwrap()
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

fn without(mut jwk: Value, member: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(member);
    jwk
}

fn parse(keys: &[Value]) -> Result<JwksKeyring, KeySetError> {
    JwksKeyring::parse(&json!({ "keys": keys }).to_string())
}

#[test]
fn verifies_with_each_key_of_a_set() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm).unwrap();
        let other = public(Algorithm::EdDsa);
        let keyring = parse(&[other.clone(), key.verifying().to_jwk().unwrap()]).unwrap();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(keyring.find(key.id()).unwrap(), Some(algorithm));
        assert!(keyring.verify(key.id(), b"message", &signature).unwrap());
        assert!(!keyring.verify(key.id(), b"another", &signature).unwrap());
        assert!(
            !keyring
                .verify(other["kid"].as_str().unwrap(), b"message", &signature)
                .unwrap()
        );
        assert!(!keyring.verify("unknown", b"message", &signature).unwrap());
        assert_eq!(keyring.find("unknown").unwrap(), None);
    }
}

#[test]
fn leaves_out_what_it_does_not_understand() {
    let key = public(Algorithm::EdDsa);
    for stranger in [
        json!({ "kty": "AKP", "kid": "a", "alg": "ML-DSA-44", "pub": "AQAB" }),
        json!({ "kty": "other", "n": 7, "d": [] }),
        json!({ "kty": "OKP", "crv": "X25519", "x": "AQAB" }),
        json!({ "kty": "EC", "crv": "P-384", "x": "AQAB", "y": "AQAB" }),
        with(public(Algorithm::Rs256), "alg", "PS256"),
        with(public(Algorithm::Rs256), "alg", "none"),
    ] {
        let keyring = parse(&[stranger.clone(), key.clone()]).unwrap();
        let ids: Vec<&str> = keyring.keys().iter().map(VerifyingKey::id).collect();
        assert_eq!(ids, [key["kid"].as_str().unwrap()], "{stranger}");
    }
}

#[test]
fn takes_keys_with_little_or_much_around_them() {
    let bare = without(
        without(without(public(Algorithm::Es256), "alg"), "use"),
        "kid",
    );
    let rich = with(
        with(public(Algorithm::Rs256), "key_ops", json!(["verify"])),
        "x5t",
        "AQAB",
    );
    let keyring = parse(&[bare, rich]).unwrap();
    assert_eq!(keyring.keys().len(), 2);
    assert_eq!(keyring.keys()[0].id().len(), 43);
}

#[test]
fn refuses_sets_that_somebody_got_wrong() {
    let (ed, ec, rsa) = (
        public(Algorithm::EdDsa),
        public(Algorithm::Es256),
        public(Algorithm::Rs256),
    );
    let private = |jwk: &str| serde_json::from_str::<Value>(jwk).unwrap();
    let identity = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (keys, sentence) in [
        (vec![ed.clone(), ed.clone()], "occurs twice"),
        (vec![private(ED25519_JWK)], "key 0: member `d` is secret"),
        (
            vec![ed.clone(), private(RS256_JWK)],
            "key 1: member `d` is secret",
        ),
        (vec![private(HS256_JWK)], "key 0: member `k` is secret"),
        (vec![json!({ "kty": "oct" })], "key 0: member `k` is secret"),
        (
            vec![with(rsa.clone(), "qi", "AQAB")],
            "member `qi` is secret",
        ),
        (
            vec![with(rsa.clone(), "n", RSA_1024_N)],
            "2048 to 8192 bits",
        ),
        (
            vec![with(rsa.clone(), "e", "AQ")],
            "the public exponent must be odd",
        ),
        (
            vec![with(rsa.clone(), "e", "AAAB")],
            "the public exponent must be odd",
        ),
        (
            vec![with(rsa.clone(), "e", "AQAA")],
            "the public exponent must be odd",
        ),
        (
            vec![with(rsa.clone(), "e", "AA")],
            "the public exponent must be odd",
        ),
        (
            vec![with(rsa.clone(), "e", "")],
            "the public exponent must be odd",
        ),
        (vec![with(rsa.clone(), "n", "")], "2048 to 8192 bits"),
        (vec![without(rsa.clone(), "n")], "member `n` is missing"),
        (
            vec![with(ec.clone(), "x", OFF_CURVE)],
            "not a valid one of P-256",
        ),
        (
            vec![with(ec.clone(), "y", OFF_CURVE)],
            "not a valid one of P-256",
        ),
        (
            vec![with(ec.clone(), "y", "AQAB")],
            "member `y` is not base64url",
        ),
        (
            vec![with(ed.clone(), "x", OFF_CURVE)],
            "not a valid one of Ed25519",
        ),
        (
            vec![with(ed.clone(), "x", identity)],
            "not a valid one of Ed25519",
        ),
        (
            vec![with(ed.clone(), "x", "A".repeat(43))],
            "not a valid one of Ed25519",
        ),
        (
            vec![with(ed.clone(), "x", "AQAB")],
            "member `x` is not base64url",
        ),
        (
            vec![with(ed.clone(), "x", format!("{}=", "A".repeat(43)))],
            "`x` is not base64url",
        ),
        (vec![with(ed.clone(), "x", 7)], "not the JSON of a key"),
        (vec![json!("key")], "not the JSON of a key"),
        (vec![with(ed.clone(), "use", "enc")], "`use` is not `sig`"),
        (
            vec![with(ed.clone(), "key_ops", json!(["sign"]))],
            "does not allow `verify`",
        ),
        (
            vec![with(ed.clone(), "key_ops", json!([]))],
            "does not allow `verify`",
        ),
        (vec![with(ed.clone(), "alg", "ES256")], "`alg` is not EdDSA"),
        (
            vec![with(rsa.clone(), "alg", "HS256")],
            "`alg` is not RS256",
        ),
        (vec![json!({ "kty": "other" }); 33], "more than 32 keys"),
    ] {
        let error = parse(&keys).unwrap_err().to_string();
        assert!(
            error.contains(sentence),
            "`{error}` instead of `{sentence}`"
        );
    }
}

#[test]
fn refuses_what_is_no_set() {
    let ed = public(Algorithm::EdDsa).to_string();
    let twice = ed.replacen('{', r#"{"kty":"RSA","#, 1);
    for (text, sentence) in [
        (String::new(), "not the JSON of a key set"),
        ("[]".to_owned(), "not the JSON of a key set"),
        ("{}".to_owned(), "not the JSON of a key set"),
        (ed.clone(), "not the JSON of a key set"),
        (
            format!(r#"{{"keys":[{ed}]}} "#) + "x",
            "not the JSON of a key set",
        ),
        (format!(r#"{{"keys":[{twice}]}}"#), "not the JSON of a key"),
        (
            format!(r#"{{"keys":[],"pad":"{}"}}"#, "x".repeat(65_536)),
            "larger than 64 KB",
        ),
    ] {
        let error = JwksKeyring::parse(&text).unwrap_err().to_string();
        assert!(
            error.contains(sentence),
            "`{error}` instead of `{sentence}`"
        );
    }
    assert!(
        JwksKeyring::parse(r#"{"keys":[]}"#)
            .unwrap()
            .keys()
            .is_empty()
    );
}
