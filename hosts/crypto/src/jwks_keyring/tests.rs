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
fn refuses_sets_that_publish_a_secret() {
    let (ed, rsa) = (public(Algorithm::EdDsa), public(Algorithm::Rs256));
    let private = |jwk: &str| serde_json::from_str::<Value>(jwk).unwrap();
    for (keys, sentence) in [
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
    ] {
        let error = parse(&keys).unwrap_err().to_string();
        assert!(
            error.contains(sentence),
            "`{error}` instead of `{sentence}`"
        );
    }
}

#[test]
fn leaves_out_a_key_that_it_cannot_verify_with_and_says_why() {
    let (ed, ec, rsa) = (
        public(Algorithm::EdDsa),
        public(Algorithm::Es256),
        public(Algorithm::Rs256),
    );
    // The identity, of small order; the same with `y` = p + 1; a point whose `x` is 0 with a sign.
    let identity = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let identity_plus_p = "7v_______________________________________38";
    let signed_zero = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA";
    // `y` = p + 3, of a point that is not of small order.
    let three_plus_p = "8P_______________________________________38";
    let three = "AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(
        parse(&[with(ed.clone(), "x", three)]).unwrap().keys().len(),
        1
    );
    for (key, sentence) in [
        (with(rsa.clone(), "n", RSA_1024_N), "2048 to 8192 bits"),
        (
            with(rsa.clone(), "e", "AQ"),
            "the public exponent must be odd",
        ),
        (
            with(rsa.clone(), "e", "AAAB"),
            "the public exponent must be odd",
        ),
        (
            with(rsa.clone(), "e", "AQAA"),
            "the public exponent must be odd",
        ),
        (
            with(rsa.clone(), "e", "AA"),
            "the public exponent must be odd",
        ),
        (
            with(rsa.clone(), "e", ""),
            "the public exponent must be odd",
        ),
        (with(rsa.clone(), "n", ""), "2048 to 8192 bits"),
        (without(rsa.clone(), "n"), "member `n` is missing"),
        (with(ec.clone(), "x", OFF_CURVE), "not a valid one of P-256"),
        (with(ec.clone(), "y", OFF_CURVE), "not a valid one of P-256"),
        (with(ec.clone(), "y", "AQAB"), "member `y` is not base64url"),
        (
            with(ed.clone(), "x", OFF_CURVE),
            "not a valid one of Ed25519",
        ),
        (
            with(ed.clone(), "x", identity),
            "not a valid one of Ed25519",
        ),
        (
            with(ed.clone(), "x", "A".repeat(43)),
            "not a valid one of Ed25519",
        ),
        (with(ed.clone(), "x", "AQAB"), "member `x` is not base64url"),
        (
            with(ed.clone(), "x", format!("{}=", "A".repeat(43))),
            "`x` is not base64url",
        ),
        (with(ed.clone(), "x", 7), "not the JSON of a key"),
        (json!("key"), "not the JSON of a key"),
        (with(ed.clone(), "use", "enc"), "`use` is not `sig`"),
        (
            with(ed.clone(), "key_ops", json!(["sign"])),
            "does not allow `verify`",
        ),
        (
            with(ed.clone(), "key_ops", json!([])),
            "does not allow `verify`",
        ),
        (with(ed.clone(), "alg", "ES256"), "`alg` is not EdDSA"),
        (with(rsa.clone(), "alg", "HS256"), "`alg` is not RS256"),
        (
            with(ed.clone(), "x", identity_plus_p),
            "not a valid one of Ed25519",
        ),
        (
            with(ed.clone(), "x", signed_zero),
            "not a valid one of Ed25519",
        ),
        (
            with(ed.clone(), "x", three_plus_p),
            "not a valid one of Ed25519",
        ),
        (with(rsa.clone(), "n", RSA_ROCA_N), "ROCA"),
        (
            with(ed.clone(), "kid", ""),
            "`kid` must have 1 to 256 bytes",
        ),
        (with(ed.clone(), "kid", "k".repeat(257)), "`kid` must have"),
        (with(ed.clone(), "kid", 7), "not the JSON of a key"),
        (json!({ "kid": "a" }), "not the JSON of a key"),
        (json!({ "kty": "other" }), "neither Ed25519"),
    ] {
        let good = public(Algorithm::Es256);
        let keyring = parse(&[good.clone(), key]).unwrap();
        assert_eq!(keyring.keys().len(), 1, "{sentence}");
        assert_eq!(keyring.keys()[0].id(), good["kid"].as_str().unwrap());
        let reason = &keyring.left_out()[0];
        assert!(
            reason.starts_with("key 1: ") && reason.contains(sentence),
            "`{reason}` instead of `{sentence}`"
        );
    }
}

#[test]
fn an_id_names_one_key() {
    let key = public(Algorithm::EdDsa);
    assert_eq!(parse(&[key.clone(), key.clone()]).unwrap().keys().len(), 1);
    let other = with(public(Algorithm::EdDsa), "kid", key["kid"].clone());
    let error = parse(&[key.clone(), other.clone()])
        .unwrap_err()
        .to_string();
    assert!(error.contains("occurs twice"), "{error}");
    // A key for another use may share the id.
    let other = with(other, "use", "enc");
    assert_eq!(parse(&[other, key]).unwrap().keys().len(), 1);
}

#[test]
fn many_keys_are_too_many_only_when_they_are_ours() {
    let strangers = vec![json!({ "kty": "other" }); 500];
    assert_eq!(parse(&strangers).unwrap().left_out().len(), 500);
    let ours: Vec<_> = (0..33).map(|_| public(Algorithm::EdDsa)).collect();
    assert_eq!(parse(&ours[1..]).unwrap().keys().len(), 32);
    let error = parse(&ours).unwrap_err().to_string();
    assert!(error.contains("more than 32 keys"), "{error}");
}

#[test]
fn any_text_is_a_kid_and_ed25519_is_eddsa() {
    // RFC 7520 §3.1.
    let jwk = with(
        public(Algorithm::EdDsa),
        "kid",
        "bilbo.baggins@hobbiton.example",
    );
    let keyring = parse(&[with(jwk, "alg", "Ed25519")]).unwrap();
    let found = keyring.find("bilbo.baggins@hobbiton.example").unwrap();
    assert_eq!(found, Some(Algorithm::EdDsa));
}

#[test]
fn refuses_what_is_no_set() {
    let ed = public(Algorithm::EdDsa).to_string();
    for (text, sentence) in [
        (String::new(), "not the JSON of a key set"),
        ("[]".to_owned(), "not the JSON of a key set"),
        ("{}".to_owned(), "not the JSON of a key set"),
        (ed.clone(), "not the JSON of a key set"),
        (
            format!(r#"{{"keys":[{ed}]}} "#) + "x",
            "not the JSON of a key set",
        ),
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
    let twice = ed.replacen('{', r#"{"kty":"RSA","#, 1);
    for text in [
        r#"{"keys":[]}"#.to_owned(),
        format!(r#"{{"keys":[{twice}]}}"#),
    ] {
        assert!(JwksKeyring::parse(&text).unwrap().keys().is_empty());
    }
}

/// A case of `tests/vectors/key-sets.json`, which the verifier for JavaScript hosts runs too.
#[derive(Deserialize)]
struct SharedCase {
    name: String,
    set: String,
    ids: Value,
}

#[test]
fn reads_key_sets_as_the_verifier_for_javascript_does() {
    let cases = include_str!("../../../../tests/vectors/key-sets.json");
    for case in serde_json::from_str::<Vec<SharedCase>>(cases).unwrap() {
        let read = JwksKeyring::parse(&case.set).map_or_else(
            |_| json!("refused"),
            |keyring| keyring.keys().iter().map(VerifyingKey::id).collect(),
        );
        assert_eq!(read, case.ids, "{}", case.name);
    }
}
