//! `hosts/crypto/src/jwks_keyring.rs`

use std::collections::BTreeSet;
use std::str;

use auth_crypto::JwksKeyring;
use serde_json::json;

/// A set has at most 32 keys under as many ids, every key of it can be published and read again, and
/// one key that cannot be read leaves the others as they are.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let Ok(keyring) = JwksKeyring::parse(text) else {
        return;
    };
    let ids: BTreeSet<&str> = keyring.keys().iter().map(|key| key.id()).collect();
    assert_eq!(ids.len(), keyring.keys().len());
    assert!(ids.len() <= 32);
    let keys: Vec<_> = keyring
        .keys()
        .iter()
        .filter_map(|key| key.to_jwk())
        .collect();
    let mut with_stranger = keys.clone();
    with_stranger.insert(0, json!({ "kty": "stranger", "kid": "stranger" }));
    for keys in [keys, with_stranger] {
        let again = JwksKeyring::parse(&json!({ "keys": keys }).to_string());
        let again = again.expect("its own keys");
        assert!(
            ids.iter().eq(again
                .keys()
                .iter()
                .map(|key| key.id())
                .collect::<BTreeSet<_>>()
                .iter())
        );
    }
}
