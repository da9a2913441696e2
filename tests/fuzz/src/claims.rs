//! `core/rules/src/access_token.rs`, with the strict reading of JSON beneath it.

use auth_rules::access_token::Expectation;
use auth_rules::jose::{Algorithm, UnverifiedToken};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

const HEADER: &[u8] = br#"{"alg":"EdDSA","kid":"k","typ":"at+jwt"}"#;
const NOW: u64 = 1_790_000_000_000;

/// Claims that are taken are meant for us and for now, and another JSON reader finds the same ones.
/// A member that occurs twice is never taken.
pub(crate) fn check(input: &[u8]) {
    let text = [HEADER, input, &[1; 64]].map(|part| URL_SAFE_NO_PAD.encode(part));
    let text = text.join(".");
    let bind = |token: UnverifiedToken<'_>| {
        let checked = token.bind(Some(Algorithm::EdDsa)).ok()?;
        let expected = Expectation {
            issuer: "https://auth.example.com",
            audience: "countersign",
            leeway_seconds: 30,
        };
        checked.conclude(true, &expected, NOW).ok()
    };
    let Some(token) = UnverifiedToken::parse(&text).ok().and_then(bind) else {
        return;
    };
    let claims = token.claims();
    let read: Value = serde_json::from_slice(input).expect("JSON");
    assert_eq!(claims.issuer, "https://auth.example.com");
    assert!(claims.audience.iter().any(|one| one == "countersign"));
    assert!(claims.expires_at * 1_000 + 30_000 > NOW);
    assert!(claims.issued_at * 1_000 <= NOW + 30_000);
    assert_eq!(read["iss"], claims.issuer.as_str());
    assert_eq!(read["sub"], claims.subject.as_str());
    assert_eq!(read["sid"], claims.session_id.as_str());
    assert_eq!(read["exp"], claims.expires_at);
    assert_eq!(read["iat"], claims.issued_at);
    assert_eq!(read["roles"], Value::from(claims.roles.clone()));
    assert!(!claims.subject.is_empty() && !claims.session_id.is_empty());
    // serde_json keeps the last of repeated members, so printing it again gives fewer names.
    let names = |text: &str| text.matches("\":").count();
    let plain = !text_of(input).contains('\\') && !read.to_string().contains("\\\"");
    if plain {
        let spaceless: String = text_of(input).split_whitespace().collect();
        assert_eq!(
            names(&spaceless),
            names(&read.to_string()),
            "a member occurs twice"
        );
    }
}

fn text_of(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}
