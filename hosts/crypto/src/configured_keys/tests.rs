use super::*;

use base64::engine::general_purpose::STANDARD;

use crate::algorithm::Algorithm;
use crate::vectors::*;
use ExampleKeys::{Accepted, Refused};
use auth_runtime::Purpose;

fn key_set(text: &str, examples: ExampleKeys) -> Result<KeySet, SettingError> {
    super::key_set(only(text), examples, 0)
}

fn only(current: &str) -> KeyTexts<'_> {
    KeyTexts {
        current,
        ..KeyTexts::default()
    }
}

const SECRET: &str = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";

fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

fn generated(algorithm: Algorithm) -> (SigningKey, String) {
    let key = SigningKey::generate(algorithm).unwrap();
    let pem = pem("PRIVATE KEY", &key.to_pkcs8().unwrap().unwrap());
    (key, pem)
}

fn error(text: &str, examples: ExampleKeys) -> String {
    match key_set(text, examples) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn takes_a_private_key_in_pem() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let (key, pem) = generated(algorithm);
        for text in [
            pem.clone(),
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\r\n"),
            format!("\n {pem} \n"),
        ] {
            let set = key_set(&text, Refused).unwrap();
            assert_eq!(set.active(0).unwrap().id(), key.id());
            assert_eq!(set.active(u64::MAX).unwrap().algorithm(), algorithm);
        }
    }
}

#[test]
fn takes_a_private_key_as_jwk() {
    for (jwk, algorithm) in [
        (ED25519_JWK, Algorithm::EdDsa),
        (ES256_JWK, Algorithm::Es256),
        (HS256_JWK, Algorithm::Hs256),
        (RS256_JWK, Algorithm::Rs256),
    ] {
        assert_eq!(
            key_set(jwk, Accepted)
                .unwrap()
                .active(0)
                .unwrap()
                .algorithm(),
            algorithm
        );
    }
    let named = ED25519_JWK.replacen('{', r#"{"kid":"2026-a","use":"sig","alg":"EdDSA","#, 1);
    assert_eq!(
        key_set(&named, Accepted).unwrap().active(0).unwrap().id(),
        "2026-a"
    );
}

#[test]
fn pem_and_jwk_of_one_key_are_the_same() {
    for (jwk, pem) in [(ED25519_JWK, ED25519_PEM), (RS256_JWK, RS256_PEM)] {
        let (jwk, pem) = (
            key_set(jwk, Accepted).unwrap(),
            key_set(pem, Accepted).unwrap(),
        );
        assert_eq!(jwk.jwks(0), pem.jwks(0));
        let mac = |set: &KeySet| set.mac(Purpose::RefreshToken, b"message");
        assert_eq!(mac(&jwk), mac(&pem));
    }
}

#[test]
fn takes_a_shared_secret_and_never_publishes_it() {
    let set = key_set(SECRET, Refused).unwrap();
    assert_eq!(set.active(0).unwrap().algorithm(), Algorithm::Hs256);
    assert_eq!(set.jwks(0), r#"{"keys":[]}"#);
    let with_line_break = key_set(&format!("{SECRET}\n"), Refused).unwrap();
    assert_eq!(
        with_line_break.active(0).unwrap().id(),
        set.active(0).unwrap().id()
    );
}

#[test]
fn macs_differ_by_purpose_and_key() {
    let one = key_set(SECRET, Refused).unwrap();
    let other = key_set(&SECRET.replace('q', "r"), Refused).unwrap();
    let macs = [
        one.mac(Purpose::RefreshToken, b"message"),
        one.mac(Purpose::DeviceToken, b"message"),
        one.mac(Purpose::RefreshToken, b"another"),
        other.mac(Purpose::RefreshToken, b"message"),
        one.active(0).unwrap().sign(b"message").unwrap(),
    ];
    for (place, mac) in macs.iter().enumerate() {
        assert_eq!(mac.len(), 32);
        assert!(!macs[..place].contains(mac), "{place}");
    }
    assert_eq!(one.mac(Purpose::RefreshToken, b"message"), macs[0]);
}

#[test]
fn examples_serve_in_development_only() {
    let printed = URL_SAFE_NO_PAD.encode("a-string-secret-at-least-256-bits-long");
    for text in [
        ED25519_JWK,
        ED25519_PEM,
        ES256_JWK,
        HS256_JWK,
        RS256_JWK,
        RS256_PEM,
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "changeme-changeme-changeme-changeme",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        &format!(r#"{{"kty":"oct","k":"{printed}"}}"#),
    ] {
        assert!(key_set(text, Accepted).is_ok(), "{text}");
        assert!(
            error(text, Refused).contains("an example or a placeholder"),
            "{text}"
        );
    }
}

#[test]
fn refuses_weak_and_misplaced_keys_everywhere() {
    let (public_key, _) = generated(Algorithm::EdDsa);
    let public = public_key.verifying().to_jwk().unwrap().to_string();
    let with = |members: &str| ED25519_JWK.replacen('{', &format!("{{{members},"), 1);
    let rsa = |from: &str, to: &str| RS256_JWK.replace(from, to);
    for (text, sentence) in [
        (String::new(), "at least 32 bytes"),
        ("secret".to_owned(), "at least 32 bytes"),
        ("your-256-bit-secret".to_owned(), "at least 32 bytes"),
        (SECRET[1..].to_owned(), "at least 32 bytes"),
        (
            r#"{"kty":"oct","k":"c2VjcmV0"}"#.to_owned(),
            "at least 32 bytes",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:jwt-a1b2c3".to_owned(),
            "it is a reference",
        ),
        (
            "secretsmanager:a-rather-long-name-of-a-secret".to_owned(),
            "it is a reference",
        ),
        (RSA_1024_PEM.to_owned(), "2048 to 8192 bits"),
        (
            P384_PEM.to_owned(),
            "neither an Ed25519 nor a P-256 nor an RSA key",
        ),
        (
            pem("EC PRIVATE KEY", b"x"),
            "`openssl pkcs8 -topk8 -nocrypt`",
        ),
        (
            pem("ENCRYPTED PRIVATE KEY", b"x"),
            "PEM of `ENCRYPTED PRIVATE KEY`",
        ),
        (pem("PRIVATE KEY MC4CAQAw", b"x"), "the PEM text is damaged"),
        (pem("PUBLIC KEY", b"x"), "it is a public key"),
        (pem("PRIVATE KEY", b"x"), "neither an Ed25519 nor"),
        (
            ED25519_PEM.replace("-----END", "----END"),
            "the PEM text is damaged",
        ),
        (
            ED25519_PEM.replace("MC4CAQ", "MC4C!Q"),
            "the PEM text is damaged",
        ),
        (
            format!("{ED25519_PEM}{ED25519_PEM}"),
            "the PEM text is damaged",
        ),
        (format!("x{ED25519_PEM}"), "the PEM text is damaged"),
        (public, "it is a public key"),
        (
            "{\"kty\":\"OKP\"".to_owned(),
            "it looks like the JSON of a key, but it is not",
        ),
        (
            r#"{kty:OKP,crv:Ed25519,d:nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A}"#.to_owned(),
            "`openssl rand -base64 32`",
        ),
        (with(r#""use":"enc""#), "`use` is not `sig`"),
        (with(r#""key_ops":["verify"]"#), "does not allow `sign`"),
        (with(r#""alg":"RS256""#), "`alg` is not EdDSA"),
        (
            with(&format!(r#""kid":"{}""#, "k".repeat(257))),
            "`kid` must have 1 to 256 bytes",
        ),
        (with(r#""kid":"""#), "`kid` must have 1 to 256 bytes"),
        (
            pem("EC PARAMETERS", b"x") + &pem("EC PRIVATE KEY", b"x"),
            "PEM of `EC PRIVATE KEY`",
        ),
        (pem("OPENSSH PRIVATE KEY", b"x"), "it is a key of OpenSSH"),
        (pem("CERTIFICATE", b"x"), "it is a public key"),
        (
            ED25519_PEM.replace("-----BEGIN ", ""),
            "the PEM text is damaged",
        ),
        (
            ED25519_JWK.replace("Ed25519", "Ed448"),
            "neither Ed25519 nor P-256",
        ),
        (ED25519_JWK.replace("nWGx", "nWGy"), "not a valid EdDSA key"),
        (
            ES256_JWK.replace("f83O", "f83P"),
            "not a valid one of P-256",
        ),
        (ES256_JWK.replace("jpsQ", "jpsR"), "not a valid ES256 key"),
        (
            rsa(r#""e":"AQAB""#, r#""e":"AQ""#),
            "the public exponent must be odd",
        ),
        (rsa(r#""e":"AQAB""#, r#""e":"Aw""#), "not a valid RS256 key"),
        (rsa(r#""p":"#, r#""was_p":"#), "member `p` is missing"),
    ] {
        for examples in [Accepted, Refused] {
            let error = error(&text, examples);
            assert!(
                error.contains(sentence),
                "`{error}` instead of `{sentence}`"
            );
        }
    }
}

const NOW: u64 = 1_790_000_000_000;

#[test]
fn neighbours_verify_and_the_current_key_signs() {
    let [(old, old_pem), (key, pem), (new, new_pem)] =
        [(); 3].map(|()| generated(Algorithm::EdDsa));
    let texts = KeyTexts {
        previous: Some(&old_pem),
        pending: Some(&new_pem),
        ..only(&pem)
    };
    let set = super::key_set(texts, Refused, NOW).unwrap();
    assert_eq!(set.active(NOW).unwrap().id(), key.id());
    for known in [&old, &key, &new] {
        assert!(set.verifying(known.id(), NOW).is_some());
    }
    // A flow may have asked for the active key before the server saw the rotation, but not earlier.
    assert!(set.signing(old.id(), NOW).is_some());
    assert!(set.signing(old.id(), NOW + 120_000).is_none());
    assert!(set.signing(new.id(), NOW).is_none());
    let unusable = KeyTexts {
        previous: Some("hunter2"),
        pending: Some(&pem),
        ..only(&pem)
    };
    let set = super::key_set(unusable, Refused, NOW).unwrap();
    assert_eq!(set.list(NOW).len(), 1);
}

#[test]
fn a_previous_key_verifies_for_17_minutes_after_the_current_one_took_over() {
    const MINUTES_17: u64 = 17 * 60_000;
    let [(old, old_pem), (key, pem)] = [(); 2].map(|()| generated(Algorithm::EdDsa));
    for (current_since, until) in [
        (None, NOW + MINUTES_17),
        (Some(NOW), NOW + MINUTES_17),
        (Some(NOW - 600_000), NOW - 600_000 + MINUTES_17),
        // It was rotated out long ago, for instance because it leaked.
        (Some(NOW - MINUTES_17), NOW),
        (Some(0), NOW),
    ] {
        let texts = KeyTexts {
            previous: Some(&old_pem),
            current_since,
            ..only(&pem)
        };
        let set = super::key_set(texts, Refused, NOW).unwrap();
        let verifies = |now| set.verifying(old.id(), now).is_some();
        assert_eq!(verifies(NOW), until > NOW, "{current_since:?}");
        assert!(!verifies(until) && !set.jwks(until).contains(old.id()));
        assert!(until == NOW || verifies(until - 1) && set.jwks(until - 1).contains(old.id()));
        assert!(set.verifying(key.id(), u64::MAX).is_some());
    }
}

#[test]
fn a_kid_that_was_used_before_voids_no_token() {
    let named = |text: &str| text.replacen('{', r#"{"kid":"the-key","#, 1);
    let (old, new) = (named(ED25519_JWK), named(ES256_JWK));
    let secret = |first: &str| {
        let secret = URL_SAFE_NO_PAD.encode(SECRET.replacen('q', first, 1));
        format!(r#"{{"kty":"oct","kid":"the-key","k":"{secret}"}}"#)
    };
    for (old, new) in [(old, new), (secret("a"), secret("b"))] {
        let key = |text: &str| UnverifiedJwk::parse(text).unwrap().signing_key().unwrap();
        for texts in [
            KeyTexts {
                previous: Some(&old),
                ..only(&new)
            },
            KeyTexts {
                pending: Some(&new),
                ..only(&old)
            },
        ] {
            let set = super::key_set(texts, Accepted, NOW).unwrap();
            let signature = key(&old).sign(b"message").unwrap();
            let verifying = set.verifying("the-key", NOW).unwrap();
            assert!(verifying.verify(b"message", &signature));
            let ids: Vec<_> = set.list(NOW).into_iter().map(|key| key.id).collect();
            assert_eq!(ids[0], "the-key");
            let signature = key(&new).sign(b"message").unwrap();
            let verifying = set.verifying(&ids[1], NOW).unwrap();
            assert!(verifying.verify(b"message", &signature), "{ids:?}");
        }
    }
    // The same key under another id: tokens of both ids are its own.
    let renamed = named(ED25519_JWK);
    let texts = KeyTexts {
        previous: Some(ED25519_JWK),
        ..only(&renamed)
    };
    let set = super::key_set(texts, Accepted, NOW).unwrap();
    assert_eq!(set.list(NOW).len(), 2);
}

#[test]
fn any_text_is_a_kid() {
    for kid in [
        "bilbo.baggins@hobbiton.example",
        "https://a.example/k?1#2",
        "ä k",
        "../keys",
    ] {
        let named = ED25519_JWK.replacen('{', &format!(r#"{{"kid":"{kid}","#), 1);
        assert_eq!(
            key_set(&named, Accepted).unwrap().active(0).unwrap().id(),
            kid
        );
    }
}

#[test]
fn the_name_of_rfc_9864_is_that_of_the_same_key() {
    // As WebCrypto exports it.
    let named = ED25519_JWK.replacen('{', r#"{"alg":"Ed25519","ext":true,"key_ops":["sign"],"#, 1);
    let set = key_set(&named, Accepted).unwrap();
    assert_eq!(set.active(0).unwrap().id(), ED25519_THUMBPRINT);
    assert!(set.jwks(0).contains(r#""alg":"EdDSA""#));
    let error = error(&named.replace("Ed25519\",\"ext", "Ed448\",\"ext"), Accepted);
    assert!(error.contains("neither Ed25519"), "{error}");
}

#[test]
fn a_secret_may_begin_like_json() {
    for secret in [
        "{9fK#2vQ!mZ7pX4wB8nR6tY1uE3sA5dG",
        "[9fK#2vQ!mZ7pX4wB8nR6tY1uE3sA5dG",
    ] {
        let set = key_set(secret, Refused).unwrap();
        assert_eq!(set.active(0).unwrap().algorithm(), Algorithm::Hs256);
    }
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_key() {
    for text in [ED25519_JWK, ED25519_PEM] {
        let set = key_set(&format!("\u{feff}{text}"), Accepted).unwrap();
        assert_eq!(set.active(0).unwrap().id(), ED25519_THUMBPRINT);
    }
}

#[test]
fn a_key_is_no_refresh_secret() {
    let public = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let public = public.verifying().to_jwk().unwrap().to_string();
    for (text, sentence) in [
        (ED25519_PEM, "a random secret is needed"),
        (public.as_str(), "a random secret is needed"),
        (
            "/run/secrets/refresh-secret-of-the-service",
            "path of a file",
        ),
        (
            "secretsmanager:a-rather-long-name-of-a-secret",
            "it is a reference",
        ),
    ] {
        let texts = KeyTexts {
            refresh_secret: Some(text),
            ..only(SECRET)
        };
        let error = super::key_set(texts, Accepted, 0)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(sentence), "{text}: {error}");
    }
}

#[test]
fn a_refresh_secret_outlives_the_keys() {
    let mac = |key: &str, refresh_secret| {
        let texts = KeyTexts {
            refresh_secret,
            ..only(key)
        };
        let set = super::key_set(texts, Refused, 0)?;
        Ok::<_, SettingError>(set.mac(Purpose::RefreshToken, b"message"))
    };
    let (other, refresh) = (SECRET.replace('q', "r"), SECRET.replace('q', "s"));
    assert_eq!(
        mac(SECRET, Some(&refresh)).unwrap(),
        mac(&other, Some(&refresh)).unwrap()
    );
    assert_ne!(
        mac(SECRET, Some(&refresh)).unwrap(),
        mac(SECRET, None).unwrap()
    );
    assert!(mac(SECRET, Some("short")).is_err());
}

#[test]
fn refresh_secrets_of_a_rotation_are_accepted_beside_the_present_one() {
    let [old, now, next] = ["a", "b", "c"].map(|letter| SECRET.replace('q', letter));
    let set = |refresh_secret, other_refresh_secrets| {
        let texts = KeyTexts {
            refresh_secret,
            other_refresh_secrets,
            ..only(SECRET)
        };
        super::key_set(texts, Refused, 0).unwrap()
    };
    let mac = |secret| set(Some(secret), [None, None]).mac(Purpose::RefreshToken, b"message");
    let macs =
        |others| set(Some(&now), others).macs(Purpose::RefreshToken, b"message", u64::MAX - 1);
    for (others, accepted) in [
        ([None, None], vec![mac(&now)]),
        ([Some(&*old), None], vec![mac(&now), mac(&old)]),
        (
            [Some(&*old), Some(&*next)],
            vec![mac(&now), mac(&old), mac(&next)],
        ),
        ([Some("short"), Some(&*next)], vec![mac(&now), mac(&next)]),
    ] {
        assert_eq!(macs(others), accepted);
    }
}

#[test]
fn no_sentence_quotes_the_setting() {
    for text in [
        "hunter2",
        "\"{\\\"kty\\\":\\\"hunter2\\\"}\"",
        "{\"secret\":\"hunter2\"}",
        "{kty:hunter2}",
        "/run/secrets/hunter2",
        "https://hunter2.example.com",
        "{\"kty\":\"hunter2\"}",
        "{\"kty\":\"oct\",\"k\":\"hunter2\"}",
    ] {
        assert!(!error(text, Refused).contains("hunter2"), "{text}");
    }
}
