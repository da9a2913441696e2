use super::*;

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use crate::algorithm::Algorithm;
use crate::signing_key::SigningKey;
use crate::vectors::*;

/// The public key of [`ED25519_PEM`] as `openssl pkey -pubout` writes it, without its first and last
/// line.
const PUBLIC_BODY: &str = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

fn body(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn mistake(text: &str) -> String {
    refuse(text).map_or_else(|error| error.to_string(), |()| "none".to_owned())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn names_the_likely_mistake() {
    let quoted = format!("{ED25519_JWK:?}");
    let openssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBrs ada@example.com";
    for (text, sentence) in [
        (STANDARD.encode(ED25519_PEM), "hexadecimal text of a PEM"),
        (STANDARD.encode(RS256_PEM), "text of a PEM"),
        (URL_SAFE_NO_PAD.encode(ED25519_PEM), "text of a PEM"),
        (hexadecimal(ED25519_PEM.as_bytes()), "text of a PEM"),
        (STANDARD.encode(ED25519_JWK), "text of a JWK"),
        (
            hexadecimal(&STANDARD.decode(body(ED25519_PEM)).unwrap()),
            "text of a DER",
        ),
        (body(ED25519_PEM), "body of a PEM"),
        (body(RS256_PEM), "body of a PEM"),
        (body(RS256_PEM)[..400].to_owned(), "body of a PEM"),
        (body(P384_PEM), "body of a PEM"),
        (body(ED25519_PEM).replace("MC4", "MC4\\n"), "body of a PEM"),
        (PUBLIC_BODY.to_owned(), "it is a public key"),
        (
            PUBLIC_BODY.trim_end_matches('=').to_owned(),
            "it is a public key",
        ),
        (openssh.to_owned(), "it is a public key"),
        (quoted.clone(), "stands in quotes"),
        (format!("'{ED25519_JWK}'"), "stands in quotes"),
        (
            format!("\"{}\"", ED25519_PEM.replace('\n', "\\n")),
            "quotes",
        ),
        (format!(" '{ED25519_PEM}'\n"), "stands in quotes"),
        (
            format!("JWT_SECRET_KEY={ED25519_JWK}"),
            "name of a variable",
        ),
        (format!(r#"{{"keys":[{ED25519_JWK}]}}"#), "key set (JWKS)"),
        (format!("[{ED25519_JWK}]"), "JSON around the key"),
        (
            format!(r#"{{"private_key":{quoted}}}"#),
            "JSON around the key",
        ),
        (
            format!(r#"{{"key":"{ED25519_PEM}"}}"#),
            "JSON around the key",
        ),
        (
            r#"{"JWT_SECRET_KEY":"q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf"}"#.to_owned(),
            "JSON around the key",
        ),
        (
            format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#)),
            "it is a token",
        ),
    ] {
        let found = mistake(&text);
        assert!(
            found.contains(sentence),
            "{text}: `{found}` instead of `{sentence}`"
        );
    }
}

#[test]
fn names_what_says_where_a_key_is() {
    for (sentence, texts) in [
        (
            "path of a file",
            &[
                "/run/secrets/jwt_signing_key_of_the_service",
                "./keys/private.pem",
                "~/countersign/private-key-for-tokens",
                "keys/the private key of the service.pem",
                "C:\\countersign\\keys\\private-key.der",
                "file:///etc/countersign/private-key.json",
                "signing-key-of-the-authentication-service.jwk",
            ][..],
        ),
        (
            "it is an address",
            &[
                "https://auth.example.com/.well-known/jwks.json",
                "s3://bucket-of-the-service/keys/private-key",
            ],
        ),
        (
            "it is a reference",
            &[
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:jwt-a1b2c3",
                "secretsmanager:a-rather-long-name-of-a-secret",
                "{{resolve:secretsmanager:jwt-signing-key:SecretString}}",
                "op://vault-of-the-team/countersign/signing-key",
            ],
        ),
        (
            "it is the placeholder",
            &[
                "${JWT_SIGNING_KEY_OF_THE_SERVICE}",
                "$(cat /run/secrets/signing-key-of-the-service)",
                "$JWT_SIGNING_KEY_OF_THE_SERVICE_2026",
                "<the signing key of the service>",
                "{{ .Values.countersign.jwtSecretKey }}",
            ],
        ),
    ] {
        for text in texts {
            let found = mistake(text);
            assert!(found.contains(sentence), "{text}: `{found}`");
        }
    }
}

#[test]
fn keys_and_secrets_are_no_mistakes() {
    let generated = SigningKey::generate(Algorithm::Es256).unwrap();
    let public = generated.verifying().to_jwk().unwrap();
    for text in [
        ED25519_PEM,
        &ED25519_PEM.replace('\n', "\\n"),
        ED25519_JWK,
        HS256_JWK,
        &public.to_string(),
        "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf",
        "\"q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf\"",
        "{9fK#2vQ!mZ7pX4wB8nR6tY1uE3sA5dG",
        "/9fKq2vQ+mZ7pX4wB8nR6tY1uE3sA5dG/k2L=",
        "tundra-velvet-cactus-orbit-mango-pewter",
        "tundra. velvet: cactus, orbit. mango",
        "12345678901234567890123456789012345678",
        "eyJ9fKq2vQmZ7pX4wB8nR6tY1uE3sA5dG",
    ] {
        assert_eq!(mistake(text), "none", "{text}");
    }
}

proptest! {
    #[test]
    fn random_secrets_are_no_mistakes(
        bytes in prop::collection::vec(any::<u8>(), 32..96),
        typed in "[ -~]{32,64}",
    ) {
        for text in [
            STANDARD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
            hexadecimal(&bytes),
        ] {
            prop_assert_eq!(mistake(&text), "none");
        }
        let _ = refuse(&typed);
    }

    #[test]
    fn each_private_key_is_recognised_without_its_first_and_last_line(seed: [u8; 32]) {
        let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let body = STANDARD.encode([&head[..], &seed].concat());
        prop_assert!(mistake(&body).contains("body of a PEM"));
    }
}
