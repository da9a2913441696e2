//! Missing signatures, and signatures of another key or algorithm.

use aws_lc_rs::hmac;

use crate::key::{ALGORITHMS, Key, pem};
use crate::test_service::{Forgery, TestService, decode, encode, forgery, json, json_with, parts};

#[test]
fn refuses_a_token_without_a_signature() {
    for test in ALGORITHMS.map(TestService::open) {
        let [_, payload, signature] = parts(&test.session.access);
        let mut forgeries = Vec::new();
        for none in ["none", "None", "NONE", "nOnE", "", " none", "none\\u0000"] {
            let header = encode(json_with(&test.header, "alg", Some(&format!("\"{none}\""))));
            for (kind, signature) in [("no", ""), ("its own", signature), ("a", "AA")] {
                let token = format!("{header}.{payload}.{signature}");
                forgeries.push(forgery(format!("alg {none} with {kind} signature"), token));
            }
            let signed = test.with_header("alg", Some(&format!("\"{none}\"")));
            forgeries.push(forgery(format!("alg {none}, signed"), signed));
        }
        test.refuse(forgeries);
    }
}

#[test]
fn refuses_a_public_key_taken_for_a_shared_secret() {
    for test in ALGORITHMS.map(TestService::open) {
        let mut forgeries = Vec::new();
        for (name, secret) in public_texts(&test) {
            for algorithm in [hmac::HMAC_SHA256, hmac::HMAC_SHA384, hmac::HMAC_SHA512] {
                let bits = algorithm.digest_algorithm().output_len() * 8;
                let header = json_with(&test.header, "alg", Some(&format!("\"HS{bits}\"")));
                let input = format!("{}.{}", encode(header), encode(json(&test.payload)));
                let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), input.as_bytes());
                let token = format!("{input}.{}", encode(tag));
                forgeries.push(forgery(format!("HS{bits} with {name}"), token));
            }
        }
        test.refuse(forgeries);
    }
}

/// The encodings of the public key that a forger might use as a shared secret.
fn public_texts(test: &TestService) -> Vec<(&'static str, Vec<u8>)> {
    let set = test.client().get("/.well-known/jwks.json").expect(200);
    let jwk = set.json()["keys"][0].clone();
    let mut required = jwk.as_object().expect("a key").clone();
    required.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x" | "y" | "n" | "e"));
    let (der, bare) = (test.key.public_der(), test.key.public_bare());
    let text = pem("PUBLIC KEY", &der);
    vec![
        ("the PEM without its last line end", text.trim_end().into()),
        ("the PEM", text.into_bytes()),
        ("the PEM of PKCS#1", pem("RSA PUBLIC KEY", &bare).into()),
        ("the DER", der),
        ("the bare key", bare),
        ("the JWK", jwk.to_string().into_bytes()),
        ("the JWK of required members", json(&required).into_bytes()),
        ("the JWK set", set.body().to_vec()),
        (
            "its id",
            test.header["kid"].as_str().unwrap_or_default().into(),
        ),
        ("nothing", Vec::new()),
    ]
}

#[test]
fn the_algorithm_is_the_keys_and_not_the_tokens() {
    let names = [
        "EdDSA",
        "ES256",
        "RS256",
        "HS256",
        "HS384",
        "HS512",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES384",
        "ES512",
        "ES256K",
        "Ed25519",
        "Ed448",
        "RS1",
        "RSA-OAEP",
        "dir",
        "eddsa",
        "es256",
        "rs256",
        "EDDSA",
        "EdDSA ",
        "ES256\\u0000",
    ];
    for test in ALGORITHMS.map(TestService::open) {
        let foreign = ALGORITHMS.map(|algorithm| (algorithm, Key::generate(algorithm)));
        let mut forgeries = Vec::new();
        // RFC 9864 gives EdDSA with Ed25519 a name of its own, for the same signatures.
        let same = if test.algorithm == "EdDSA" {
            "Ed25519"
        } else {
            test.algorithm
        };
        let token = test.with_header("alg", Some(&format!("\"{same}\"")));
        test.accept(&format!("alg {same}, signed"), &token);
        let others = |name: &&str| *name != test.algorithm && *name != same;
        for name in names.into_iter().filter(others) {
            let text = format!("\"{name}\"");
            // Signed with the right key, under the wrong name of the algorithm.
            forgeries.push(forgery(
                format!("alg {name}, signed"),
                test.with_header("alg", Some(&text)),
            ));
        }
        for value in ["null", "0", "true", "[\"EdDSA\"]", "{}"] {
            let token = test.with_header("alg", Some(value));
            forgeries.push(forgery(format!("alg {value}, signed"), token));
        }
        forgeries.push(forgery("no alg, signed", test.with_header("alg", None)));
        for (algorithm, key) in &foreign {
            let header = json_with(&test.header, "alg", Some(&format!("\"{algorithm}\"")));
            let input = format!("{}.{}", encode(header), encode(json(&test.payload)));
            let token = format!("{input}.{}", encode(key.sign(input.as_bytes())));
            forgeries.push(forgery(format!("another key of {algorithm}"), token));
        }
        test.refuse(forgeries);
    }
}

#[test]
fn refuses_what_was_altered() {
    for test in ALGORITHMS.map(TestService::open) {
        let mut forgeries = altered_claims(&test);
        let token = &test.session.access;
        let parts = parts(token);
        for (index, part) in parts.iter().enumerate() {
            let bytes = decode(part);
            for at in [0, 1, bytes.len() / 2, bytes.len() - 1] {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                let mut parts = parts.map(str::to_owned);
                parts[index] = encode(changed);
                forgeries.push(forgery(format!("part {index} at {at}"), parts.join(".")));
            }
        }
        forgeries.extend(altered_signatures(&test));
        test.refuse(forgeries);
    }
}

/// Changed claims under the signature of the original ones.
fn altered_claims(test: &TestService) -> Vec<Forgery> {
    let [header, _, signature] = parts(&test.session.access);
    let claims = [
        ("sub", "\"somebody-else\""),
        ("roles", "[\"admin\"]"),
        ("exp", "4102444800"),
        ("sid", "\"another-session\""),
        ("aud", "[\"countersign\",\"billing\"]"),
    ];
    let mut forgeries: Vec<_> = claims
        .iter()
        .map(|(name, value)| {
            let payload = encode(json_with(&test.payload, name, Some(value)));
            forgery(
                format!("{name} altered"),
                format!("{header}.{payload}.{signature}"),
            )
        })
        .collect();
    // A signature of the same key for the same account, but of another token.
    let other = test.client().login("bob@example.com").access;
    let [header, payload, _] = parts(&test.session.access);
    let [_, _, of_other] = parts(&other);
    forgeries.push(forgery(
        "the signature of another token",
        format!("{header}.{payload}.{of_other}"),
    ));
    forgeries
}

fn altered_signatures(test: &TestService) -> Vec<Forgery> {
    let [header, payload, signature] = parts(&test.session.access);
    let bytes = decode(signature);
    let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
    [
        ("empty", Vec::new()),
        ("one byte", vec![0]),
        ("cut", bytes[..bytes.len() - 1].to_vec()),
        ("without its first byte", bytes[1..].to_vec()),
        ("longer", [&bytes[..], &[0]].concat()),
        ("twice", [&bytes[..], &bytes[..]].concat()),
        ("of zeros", vec![0; bytes.len()]),
        ("of ones", vec![0xff; bytes.len()]),
        ("reversed", reversed),
        ("as DER", [&[0x30, 0x44, 2, 0x20], &bytes[..]].concat()),
    ]
    .map(|(name, bytes)| {
        forgery(
            format!("signature {name}"),
            format!("{header}.{payload}.{}", encode(bytes)),
        )
    })
    .into()
}
