//! `hosts/crypto/src/configured_keys.rs`: a private key in PEM or as JWK, or a shared secret.

use std::str;
use std::sync::Arc;

use auth_crypto::{ExampleKeys, JwksKeyring, KeyTexts, ServiceKeys};
use auth_memory::ManualClock;
use auth_runtime::{Keyring as _, Signer as _};

/// The longest quotation that a refusal may share with the text by chance.
const BY_CHANCE: usize = 12;

/// A text that is taken gives a key whose signatures its own public keys verify. Nothing secret is
/// published or told, and public or wrapped key material is never taken.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let texts = KeyTexts {
        current: text,
        ..KeyTexts::default()
    };
    let clock = Arc::new(ManualClock::at(1_790_000_000_000));
    match ServiceKeys::from_texts(texts, ExampleKeys::Accepted, clock) {
        Ok(keys) => check_keys(&keys, text),
        Err(error) => check_refusal(&error.to_string(), text),
    }
}

fn check_keys(keys: &ServiceKeys, text: &str) {
    for never in [
        "PUBLIC KEY",
        "CERTIFICATE-----",
        "\"keys\"",
        "://",
        "ssh-rsa AAAA",
    ] {
        assert!(
            !text.contains(never) || text.contains("\"kty\""),
            "{never} was taken"
        );
    }
    let active = keys.active().expect("a key");
    let signature = keys.sign(&active.id, b"message").expect("a signature");
    assert!(
        keys.verify(&active.id, b"message", &signature)
            .expect("a verdict")
    );
    let published = JwksKeyring::parse(&keys.jwks()).expect("a key set without secrets");
    assert!(published.left_out().is_empty());
    for key in published.keys() {
        assert_eq!(key.id(), active.id);
        assert!(key.verify(b"message", &signature));
    }
}

fn check_refusal(sentence: &str, text: &str) {
    let characters: Vec<char> = text.chars().collect();
    for window in characters.windows(BY_CHANCE) {
        let window: String = window.iter().collect();
        // Some words of the sentences are those of the formats themselves.
        let told = sentence.contains(&window);
        let known = ["PRIVATE KEY", "openssl", "BEGIN ", "-----"].iter();
        assert!(
            !told || known.clone().any(|word| window.contains(word)),
            "`{window}` is told"
        );
    }
}
