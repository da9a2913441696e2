mod size;

use super::*;
use crate::jose::UnverifiedToken;
use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest as _, Sha256};

const KEY: &str = "k1";
const ISSUER: &str = "https://auth.example";
const AUDIENCE: &str = "orders";
const EXPECTED: Expectation<'_> = Expectation {
    issuer: ISSUER,
    audience: AUDIENCE,
    leeway_seconds: 30,
};
/// A time at which the token of [`claims`] is valid.
const NOW: u64 = 1_000_100_000;

fn claims() -> Claims {
    Claims {
        issuer: ISSUER.to_owned(),
        subject: "account".to_owned(),
        audience: vec![AUDIENCE.to_owned()],
        client_id: "web".to_owned(),
        token_id: "t".to_owned(),
        session_id: "s".to_owned(),
        roles: vec!["user".to_owned()],
        issued_at: 1_000_000,
        expires_at: 1_000_600,
        authenticated_at: 999_000,
        methods: vec!["pwd".to_owned()],
    }
}

/// Stands in for a signature: its value depends on the key and on every byte of the message.
fn sign(key_id: &str, message: &str) -> Vec<u8> {
    Sha256::digest(format!("{key_id}|{message}")).to_vec()
}

/// Verifies a token as the component does, with a keyring that knows `k1` for EdDSA and `shared`
/// for HS256.
fn verify(
    text: &str,
    expected: &Expectation<'_>,
    now: u64,
    keyring: impl Fn(&CheckedToken<'_>) -> bool,
) -> Result<VerifiedToken, TokenError> {
    let unverified = UnverifiedToken::parse(text)?;
    let algorithm = match unverified.key_id() {
        KEY => Some(Algorithm::EdDsa),
        "shared" => Some(Algorithm::Hs256),
        _ => None,
    };
    let checked = unverified.bind(algorithm)?;
    let signature_is_right = keyring(&checked);
    checked.conclude(signature_is_right, expected, now)
}

fn honest(token: &CheckedToken<'_>) -> bool {
    sign(token.key_id(), token.signing_input()) == token.signature()
}

fn verify_now(text: &str) -> Result<VerifiedToken, TokenError> {
    verify(text, &EXPECTED, NOW, honest)
}

fn issue(claims: &Claims) -> String {
    let input = signing_input(claims, KEY, Algorithm::EdDsa);
    let signature = sign(KEY, &input);
    encode(input, &signature)
}

/// A token with this payload and a valid signature.
fn with_payload(payload: &[u8]) -> String {
    let header = br#"{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#;
    let input = [&header[..], payload].map(encode_part).join(".");
    let signature = sign(KEY, &input);
    encode(input, &signature)
}

/// The members of a valid payload, one of them replaced, left out or added as JSON text.
fn payload(name: &str, value: Option<&str>) -> String {
    let mut members: Vec<(&str, &str)> = vec![
        ("iss", r#""https://auth.example""#),
        ("sub", r#""account""#),
        ("aud", r#""orders""#),
        ("exp", "1000600"),
        ("iat", "1000000"),
        ("jti", r#""t""#),
        ("client_id", r#""web""#),
        ("roles", r#"["user"]"#),
        ("sid", r#""s""#),
        ("auth_time", "999000"),
        ("amr", r#"["pwd"]"#),
    ];
    members.retain(|(known, _)| *known != name);
    members.extend(value.map(|value| (name, value)));
    let members: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn an_issued_token_is_verified() {
    assert_eq!(
        verify_now(&issue(&claims())).map(VerifiedToken::into_claims),
        Ok(claims())
    );
    assert_eq!(
        verify_now(&with_payload(payload("", None).as_bytes()))
            .unwrap()
            .claims(),
        &claims()
    );
}

#[test]
fn an_issued_token_is_the_profile_of_rfc_9068() {
    let token = issue(&claims());
    let parts: Vec<&str> = token.split('.').collect();
    let json = |part: &str| {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(part)
            .unwrap();
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()
    };
    assert_eq!(
        json(parts[0]),
        json!({"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"})
    );
    assert_eq!(
        json(parts[1]),
        json!({
            "iss": ISSUER, "sub": "account", "aud": "orders", "exp": 1_000_600, "iat": 1_000_000,
            "jti": "t", "client_id": "web", "roles": ["user"], "sid": "s", "auth_time": 999_000,
            "amr": ["pwd"],
        })
    );
}

#[test]
fn several_audiences_are_an_array() {
    let several = Claims {
        audience: vec!["billing".to_owned(), AUDIENCE.to_owned()],
        ..claims()
    };
    assert_eq!(
        verify_now(&issue(&several)).map(VerifiedToken::into_claims),
        Ok(several)
    );
}

#[test]
fn tolerates_claims_that_it_does_not_know() {
    for (name, value) in [
        ("scope", r#""a b""#),
        ("act", r#"{"sub":"x","act":{"sub":"y"}}"#),
        ("n", "1.5e3"),
        ("x", "[[[[[[[]]]]]]]"),
        ("nbf", "1000000"),
        ("", "null"),
    ] {
        let token = with_payload(payload(name, Some(value)).as_bytes());
        assert_eq!(
            verify_now(&token).map(VerifiedToken::into_claims),
            Ok(claims()),
            "{name}"
        );
    }
}

fn assert_malformed(name: &str, values: &[&str]) {
    for value in values {
        let payload = payload(name, Some(value));
        let verified = verify_now(&with_payload(payload.as_bytes()));
        assert_eq!(verified, Err(TokenError::Malformed), "{payload}");
    }
}

#[test]
fn refuses_a_claim_that_is_missing() {
    let names = "iss sub aud exp iat jti client_id roles sid auth_time amr";
    for name in names.split(' ') {
        let token = with_payload(payload(name, None).as_bytes());
        assert_eq!(verify_now(&token), Err(TokenError::Malformed), "{name}");
        assert_malformed(name, &["null", "true", "{}", "[1]", "-1", "0.5"]);
    }
}

#[test]
fn refuses_a_text_that_is_none() {
    for name in ["iss", "sub", "jti", "client_id", "sid"] {
        assert_malformed(name, &["7", r#"["a"]"#, "[]", r#""\ud800""#]);
    }
    for name in ["sub", "jti", "client_id", "sid"] {
        assert_malformed(name, &[r#""""#]);
    }
}

#[test]
fn refuses_a_time_that_is_no_plain_integer() {
    for name in ["exp", "iat", "nbf", "auth_time"] {
        let spelled = [
            r#""1000000""#,
            "1e6",
            "1E6",
            "1000000.0",
            "1000000.5",
            "-0",
            r#""""#,
        ];
        assert_malformed(name, &spelled);
        assert_malformed(
            name,
            &["[]", "[1000000]", "null", "01000000", "+1", "0x10", "NaN"],
        );
        let out_of_range = [
            "-1",
            "1e400",
            "-1e400",
            "9007199254740993",
            "18446744073709551616",
        ];
        assert_malformed(name, &out_of_range);
    }
}

#[test]
fn refuses_a_list_that_is_none() {
    for name in ["roles", "amr"] {
        let values = [
            r#""user""#,
            r#"["a",1]"#,
            r#"[["a"]]"#,
            r#"{"a":"b"}"#,
            r#"["a",null]"#,
        ];
        assert_malformed(name, &values);
    }
    assert_malformed(
        "aud",
        &[
            "[]",
            "7",
            r#"["orders",7]"#,
            r#"["orders",null]"#,
            r#"[["orders"]]"#,
        ],
    );
}

#[test]
fn refuses_json_with_two_meanings() {
    let good = payload("", None);
    let body = &good[1..good.len() - 1];
    let deep = format!(r#"{{{body},"x":{}{}}}"#, "[".repeat(8), "]".repeat(8));
    for payload in [
        format!(r#"{{{body},"sub":"account"}}"#),
        format!(r#"{{"sub":"other",{body}}}"#),
        format!(r#"{{{body},"s\u0075b":"other"}}"#),
        format!(r#"{{{body},"exp":9000000}}"#),
        format!(r#"{{{body},"x":1,"x":2}}"#),
        format!(r#"{{{body},"x":{{"y":1,"y":2}}}}"#),
        format!(r#"{{{body},"x":[{{"y":1,"y":2}}]}}"#),
        deep,
        format!("{good}{good}"),
        format!("{good}x"),
        format!("[{good}]"),
        format!("\u{feff}{good}"),
        good.replace(':', "="),
        good.replace('"', "'"),
        "{}".to_owned(),
        "null".to_owned(),
    ] {
        assert_eq!(
            verify_now(&with_payload(payload.as_bytes())),
            Err(TokenError::Malformed),
            "{payload}"
        );
    }
    let mut not_utf8 = good.clone().into_bytes();
    not_utf8.splice(good.len() - 1.., b",\"x\":\"\xff\"}".iter().copied());
    assert_eq!(
        verify_now(&with_payload(&not_utf8)),
        Err(TokenError::Malformed)
    );
}

#[test]
fn refuses_other_issuers_and_audiences() {
    use TokenError::{WrongAudience, WrongIssuer};
    for (name, value, error) in [
        ("iss", r#""https://auth.example/""#, WrongIssuer),
        ("iss", r#""https://AUTH.example""#, WrongIssuer),
        ("iss", r#""http://auth.example""#, WrongIssuer),
        ("iss", r#""https://auth.example ""#, WrongIssuer),
        ("iss", r#""""#, WrongIssuer),
        ("aud", r#""billing""#, WrongAudience),
        ("aud", r#""Orders""#, WrongAudience),
        ("aud", r#""orders ""#, WrongAudience),
        ("aud", r#""order""#, WrongAudience),
        ("aud", r#""""#, WrongAudience),
        ("aud", r#"["billing","Orders"]"#, WrongAudience),
    ] {
        let token = with_payload(payload(name, Some(value)).as_bytes());
        assert_eq!(verify_now(&token), Err(error), "{name} {value}");
    }
}

#[test]
fn time_ends_exactly() {
    use TokenError::{Expired, NotYetValid};
    let token = issue(&claims());
    let later = with_payload(payload("nbf", Some("1000050")).as_bytes());
    for (token, leeway_seconds, now, error) in [
        (&token, 0, 1_000_599_999, None),
        (&token, 0, 1_000_600_000, Some(Expired)),
        (&token, 30, 1_000_629_999, None),
        (&token, 30, 1_000_630_000, Some(Expired)),
        (&token, 60, 1_000_659_999, None),
        (&token, 61, 1_000_660_000, Some(Expired)),
        (&token, u32::MAX, 1_000_660_000, Some(Expired)),
        (&token, 30, u64::MAX, Some(Expired)),
        (&token, 0, 1_000_000_000, None),
        (&token, 0, 999_999_999, Some(NotYetValid)),
        (&token, 30, 999_970_000, None),
        (&token, 30, 999_969_999, Some(NotYetValid)),
        (&token, u32::MAX, 999_939_999, Some(NotYetValid)),
        (&token, 30, 0, Some(NotYetValid)),
        (&later, 0, 1_000_050_000, None),
        (&later, 0, 1_000_049_999, Some(NotYetValid)),
        (&later, 30, 1_000_020_000, None),
        (&later, 30, 1_000_019_999, Some(NotYetValid)),
    ] {
        let expected = Expectation {
            leeway_seconds,
            ..EXPECTED
        };
        assert_eq!(
            verify(token, &expected, now, honest).err(),
            error,
            "{leeway_seconds} {now}"
        );
    }
}

#[test]
fn the_greatest_times_do_not_overflow() {
    let greatest = payload("exp", Some("9007199254740992"));
    assert!(verify(&with_payload(greatest.as_bytes()), &EXPECTED, NOW, honest).is_ok());
    let not_yet = payload("nbf", Some("9007199254740992"));
    assert_eq!(
        verify_now(&with_payload(not_yet.as_bytes())),
        Err(TokenError::NotYetValid)
    );
}

#[test]
fn the_signature_comes_before_the_claims() {
    for payload in [
        &b"{}"[..],
        b"\xff",
        payload("iss", Some(r#""x""#)).as_bytes(),
    ] {
        assert_eq!(
            verify(&with_payload(payload), &EXPECTED, NOW, |_| false),
            Err(TokenError::BadSignature)
        );
    }
}

#[test]
fn refuses_another_key_and_another_algorithm() {
    let with_key = |key_id: &str, algorithm, signing_key: &str| {
        let input = signing_input(&claims(), key_id, algorithm);
        let signature = sign(signing_key, &input);
        verify_now(&encode(input, &signature)).err()
    };
    assert_eq!(with_key("shared", Algorithm::Hs256, "shared"), None);
    assert_eq!(
        with_key("k2", Algorithm::EdDsa, "k2"),
        Some(TokenError::UnknownKey)
    );
    // The attack that uses a public key as a shared secret (RFC 8725 §2.1).
    assert_eq!(
        with_key(KEY, Algorithm::Hs256, KEY),
        Some(TokenError::UnknownKey)
    );
    assert_eq!(
        with_key(KEY, Algorithm::Rs256, KEY),
        Some(TokenError::UnknownKey)
    );
    assert_eq!(
        with_key("shared", Algorithm::EdDsa, "shared"),
        Some(TokenError::UnknownKey)
    );
    assert_eq!(
        with_key(KEY, Algorithm::EdDsa, "shared"),
        Some(TokenError::BadSignature)
    );
}

#[test]
fn every_change_of_one_character_is_noticed() {
    let token = issue(&claims());
    let signature_at = token.rfind('.').unwrap();
    for at in 0..token.len() {
        for byte in (0x20..0x7f).chain([b'\n', 0]) {
            let mut changed = token.clone().into_bytes();
            changed[at] = byte;
            let changed = String::from_utf8(changed).unwrap();
            if changed == token {
                continue;
            }
            assert!(verify_now(&changed).is_err(), "{changed}");
            // Even with a keyring that accepts every signature, no two texts may carry the same
            // token.
            let is_header = at < token.find('.').unwrap();
            if at < signature_at && !is_header {
                let verified = verify(&changed, &EXPECTED, NOW, |_| true);
                assert_ne!(
                    verified.map(VerifiedToken::into_claims),
                    Ok(claims()),
                    "{changed}"
                );
            }
        }
    }
}

prop_compose! {
    fn any_claims()(
        subject in "\\PC{1,20}",
        more in prop::collection::vec("\\PC{0,10}", 0..3),
        client_id in "\\PC{1,10}",
        token_id in ".{1,10}",
        session_id in ".{1,10}",
        roles in prop::collection::vec(".{0,10}", 0..4),
        methods in prop::collection::vec("[a-z]{3}", 0..3),
        authenticated_at in 0..=MAX_NUMERIC_DATE,
        life in 1_u64..100_000,
    ) -> Claims {
        let audience = std::iter::once(AUDIENCE.to_owned()).chain(more).collect();
        Claims {
            subject, audience, client_id, token_id, session_id, roles, methods, authenticated_at,
            expires_at: NOW / 1000 + life,
            ..claims()
        }
    }
}

proptest! {
    #[test]
    fn what_was_issued_is_verified(claims in any_claims()) {
        let verified = verify_now(&issue(&claims));
        prop_assert_eq!(verified.map(VerifiedToken::into_claims), Ok(claims));
    }

    #[test]
    fn an_arbitrary_payload_never_panics(
        bytes: Vec<u8>,
        json in "[\\[\\]{}:,\"a-z0-9.\\\\-]{0,80}",
        now: u64,
    ) {
        for payload in [&bytes, json.as_bytes()] {
            let _ = verify(&with_payload(payload), &EXPECTED, now, honest);
        }
    }

    #[test]
    fn any_value_of_any_claim_never_panics(
        name in "iss|sub|aud|exp|iat|nbf|jti|sid|roles|amr|auth_time|client_id|x",
        value in "[0-9]{1,20}|-?[0-9.eE]{1,8}|\"\\PC{0,5}\"|\\[[0-9,\"a]{0,8}\\]",
        now: u64,
        leeway_seconds: u32,
    ) {
        let expected = Expectation { leeway_seconds, ..EXPECTED };
        let token = with_payload(payload(&name, Some(&value)).as_bytes());
        if let Ok(verified) = verify(&token, &expected, now, honest) {
            let leeway = u128::from(leeway_seconds.min(60)) * 1000;
            let claims = verified.claims();
            prop_assert!(u128::from(now) < u128::from(claims.expires_at) * 1000 + leeway);
            prop_assert!(u128::from(claims.issued_at) * 1000 <= u128::from(now) + leeway);
            prop_assert_eq!(&claims.issuer, ISSUER);
        }
    }
}
