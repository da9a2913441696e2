//! `core/rules/src/jose.rs`: the compact form of a token, and its header.

use std::str;

use auth_rules::jose::{Algorithm, MAX_KEY_ID_BYTES, MAX_TOKEN_BYTES, UnverifiedToken};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::EdDsa,
    Algorithm::Es256,
    Algorithm::Hs256,
    Algorithm::Rs256,
];

/// A token that is taken has exactly one text, and another JSON reader understands its header alike.
pub(crate) fn check(input: &[u8]) {
    // A header alone becomes a whole token, so that the fuzzer need not find base64.
    let made = [input, b"{}", &[1; 64]].map(|part| URL_SAFE_NO_PAD.encode(part));
    check_text(&made.join("."));
    if let Ok(text) = str::from_utf8(input) {
        check_text(text);
    }
}

fn check_text(text: &str) {
    let Ok(token) = UnverifiedToken::parse(text) else {
        return;
    };
    assert!(text.len() <= MAX_TOKEN_BYTES);
    let header = text.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    assert_eq!(header["kid"], token.key_id());
    assert!((1..=MAX_KEY_ID_BYTES).contains(&token.key_id().len()));
    let media_type = header["typ"].as_str().expect("text").to_ascii_lowercase();
    assert!(["at+jwt", "application/at+jwt"].contains(&media_type.as_str()));
    for refused in ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "cty"] {
        assert!(header.get(refused).is_none(), "{refused}");
    }
    let accepts = |algorithm: &Algorithm| {
        let token = UnverifiedToken::parse(text).expect("the token again");
        token.bind(Some(*algorithm)).is_ok()
    };
    let accepted: Vec<_> = ALGORITHMS.into_iter().filter(accepts).collect();
    let [algorithm] = accepted[..] else {
        panic!("{} algorithms", accepted.len());
    };
    let named = header["alg"].as_str().expect("text");
    assert!(named == algorithm.name() || named == "Ed25519" && algorithm == Algorithm::EdDsa);
    let checked = token.bind(Some(algorithm)).expect("its algorithm");
    let signature = URL_SAFE_NO_PAD.encode(checked.signature());
    assert_eq!(format!("{}.{signature}", checked.signing_input()), text);
}
