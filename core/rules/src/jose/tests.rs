use super::*;
use proptest::prelude::*;

/// A token with this header, an empty payload and a meaningless signature.
fn with_header(header: &str) -> String {
    [header.as_bytes(), b"{}", &[1; 64]]
        .map(encode_part)
        .join(".")
}

/// The key id and the algorithm of a token, or why it was refused.
fn read(text: &str) -> Result<(String, Algorithm), TokenError> {
    UnverifiedToken::parse(text).map(|token| (token.key_id, token.algorithm))
}

#[test]
fn reads_the_headers_that_are_ours() {
    for (header, key_id, algorithm) in [
        (
            r#"{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#,
            "k1",
            Algorithm::EdDsa,
        ),
        (
            r#"{"typ":"AT+JWT","kid":"2026-01_a.b~c","alg":"ES256"}"#,
            "2026-01_a.b~c",
            Algorithm::Es256,
        ),
        (
            r#"{"alg":"HS256","kid":"k","typ":"application/at+jwt"}"#,
            "k",
            Algorithm::Hs256,
        ),
        (
            r#"{"alg":"RS256","kid":"k","typ":"Application\/At+Jwt"}"#,
            "k",
            Algorithm::Rs256,
        ),
        (
            r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt","x5t":"a","y":{"z":[]}}"#,
            "k",
            Algorithm::EdDsa,
        ),
        (
            r#"{"alg":"Ed25519","kid":"k","typ":"at+jwt"}"#,
            "k",
            Algorithm::EdDsa,
        ),
        (
            r#" { "\u0061lg" : "EdDSA", "kid": "\u006b", "typ": "at+jwt" } "#,
            "k",
            Algorithm::EdDsa,
        ),
    ] {
        assert_eq!(
            read(&with_header(header)),
            Ok((key_id.to_owned(), algorithm)),
            "{header}"
        );
    }
}

/// The members of a valid header, one of them replaced, left out or added as JSON text.
fn header(name: &str, value: Option<&str>) -> String {
    let mut members = vec![
        ("alg", r#""EdDSA""#),
        ("kid", r#""k""#),
        ("typ", r#""at+jwt""#),
    ];
    members.retain(|(known, _)| *known != name);
    members.extend(value.map(|value| (name, value)));
    let members: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn assert_refused(name: &str, values: &[&str], error: TokenError) {
    for value in values {
        let header = header(name, Some(value));
        assert_eq!(read(&with_header(&header)), Err(error), "{header}");
    }
}

#[test]
fn refuses_other_algorithms() {
    let unknown = [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""""#,
        r#""eddsa""#,
        r#""ed25519""#,
        r#""Ed448""#,
        r#""ES256 ""#,
        r#""EdDSA ""#,
        r#""HS512""#,
        r#""RS1""#,
        r#""ES256K""#,
        r#""dir""#,
    ];
    assert_refused("alg", &unknown, TokenError::UnknownKey);
    let mistyped = ["null", "0", r#"["EdDSA"]"#, r#"{"EdDSA":1}"#];
    assert_refused("alg", &mistyped, TokenError::Malformed);
    assert_eq!(
        read(&with_header(&header("alg", None))),
        Err(TokenError::Malformed)
    );
}

#[test]
fn any_text_is_a_key_id() {
    for (json, key_id) in [
        // RFC 7520 §3.1.
        (
            r#""bilbo.baggins@hobbiton.example""#,
            "bilbo.baggins@hobbiton.example",
        ),
        (
            r#""http://a.example/keys/1?x=y#z""#,
            "http://a.example/keys/1?x=y#z",
        ),
        (
            r#""arn:aws:kms:eu-west-1:111122223333:key/1234abcd""#,
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
        ),
        (r#""a+b/c=""#, "a+b/c="),
        (r#""k\u00e9 k""#, "ké k"),
        (r#""../../etc/passwd""#, "../../etc/passwd"),
        (r#""k\u0000""#, "k\0"),
    ] {
        let header = header("kid", Some(json));
        let expected = Ok((key_id.to_owned(), Algorithm::EdDsa));
        assert_eq!(read(&with_header(&header)), expected, "{header}");
    }
}

#[test]
fn refuses_key_ids_that_are_no_text() {
    let key_ids = [
        r#""""#,
        "null",
        "7",
        r#"["k"]"#,
        r#"{"$ne":null}"#,
        r#""\ud800""#,
    ];
    assert_refused("kid", &key_ids, TokenError::Malformed);
    assert_eq!(
        read(&with_header(&header("kid", None))),
        Err(TokenError::Malformed)
    );
}

#[test]
fn refuses_tokens_of_other_types() {
    let types = [
        r#""JWT""#,
        r#""""#,
        r#""at+jwt ""#,
        r#""at-jwt""#,
        r#""application/jwt""#,
        r#""text/at+jwt""#,
        r#""application/application/at+jwt""#,
        r#""secevent+jwt""#,
        r#""dpop+jwt""#,
    ];
    assert_refused("typ", &types, TokenError::WrongType);
    assert_refused("typ", &["null", r#"["at+jwt"]"#], TokenError::Malformed);
    assert_eq!(
        read(&with_header(&header("typ", None))),
        Err(TokenError::WrongType)
    );
}

#[test]
fn refuses_extensions_whatever_they_are() {
    let critical = [r#"["exp"]"#, r#"["b64"]"#, "[]", "null", "1"];
    assert_refused("crit", &critical, TokenError::UnsupportedCritical);
    assert_refused(
        "b64",
        &["false", "true", "null"],
        TokenError::UnsupportedCritical,
    );
}

#[test]
fn refuses_keys_that_come_with_the_token_and_contents_that_are_no_claims() {
    for (name, value) in [
        ("jku", r#""https://a.example/keys""#),
        ("jwk", r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#),
        ("x5u", r#""https://a.example/cert""#),
        ("x5c", r#"["MIIB"]"#),
        ("zip", r#""DEF""#),
        ("cty", r#""JWT""#),
    ] {
        assert_refused(name, &[value, "null"], TokenError::Malformed);
    }
}

#[test]
fn refuses_members_that_occur_twice() {
    let good = header("", None);
    for twice in [
        r#""alg":"EdDSA""#,
        r#""alg":"none""#,
        r#""\u0061lg":"none""#,
        r#""kid":"j""#,
        r#""typ":"JWT""#,
        r#""x":1,"x":1"#,
        r#""x":{"y":1,"y":1}"#,
        r#""crit":[],"crit":[]"#,
    ] {
        let before = format!("{{{twice},{}", &good[1..]);
        let after = format!("{},{twice}}}", &good[..good.len() - 1]);
        for header in [before, after] {
            assert_eq!(
                read(&with_header(&header)),
                Err(TokenError::Malformed),
                "{header}"
            );
        }
    }
}

#[test]
fn refuses_a_header_that_is_no_object() {
    for header in [
        "null",
        "[]",
        "\"EdDSA\"",
        "1",
        " ",
        "{",
        "{}{}",
        "\u{feff}{}",
        "{'alg':'EdDSA'}",
    ] {
        assert_eq!(
            read(&with_header(header)),
            Err(TokenError::Malformed),
            "{header}"
        );
    }
    assert_eq!(read(&with_header("{}")), Err(TokenError::Malformed));
    let not_utf8 = [
        &b"{\"alg\":\"EdDSA\",\"kid\":\"k\",\"typ\":\"at+jwt\",\"x\":\"\xff\"}"[..],
        b"{}",
        b"s",
    ];
    assert_eq!(
        read(&not_utf8.map(encode_part).join(".")),
        Err(TokenError::Malformed)
    );
}

#[test]
fn a_key_id_has_a_limited_length() {
    let of_length = |length| {
        with_header(&format!(
            r#"{{"alg":"EdDSA","kid":"{}","typ":"at+jwt"}}"#,
            "k".repeat(length)
        ))
    };
    assert!(read(&of_length(MAX_KEY_ID_BYTES)).is_ok());
    assert_eq!(
        read(&of_length(MAX_KEY_ID_BYTES + 1)),
        Err(TokenError::Malformed)
    );
    assert_eq!(read(&of_length(10_000)), Err(TokenError::TooLarge));
}

#[test]
fn refuses_what_is_not_three_strict_parts() {
    let token = with_header(r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt"}"#);
    assert!(read(&token).is_ok());
    let parts: Vec<&str> = token.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}.{payload}..{signature}"),
        format!("{token}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}==.{signature}"),
        format!("{header}.{payload}.+{}", &signature[1..]),
        format!("{header}.{payload}./{}", &signature[1..]),
        // `e31` has two unused bits that are set; `e30` (`{}`) has none set.
        format!("{header}.e31.{signature}"),
        // No sequence of bytes has an encoding of this length.
        format!("{header}.{payload}AA.{signature}"),
        format!("{header}.{payload}.{signature}AAA"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{header}. {payload}.{signature}"),
        format!("Bearer {token}"),
        format!("{token}\0"),
        format!("é{token}"),
        // The JSON serialization (RFC 7515 §7.2) instead of the compact one.
        format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#),
        // Five parts are an encrypted token.
        format!("{header}.{payload}.{payload}.{payload}.{signature}"),
    ] {
        assert_eq!(read(&text), Err(TokenError::Malformed), "{text}");
    }
}

#[test]
fn refuses_what_is_too_large_without_reading_it() {
    assert_eq!(
        read(&"\0".repeat(MAX_TOKEN_BYTES + 1)),
        Err(TokenError::TooLarge)
    );
    assert_eq!(read(&"a.".repeat(1 << 19)), Err(TokenError::TooLarge));
    assert_eq!(
        read(&"a".repeat(MAX_TOKEN_BYTES)),
        Err(TokenError::Malformed)
    );
}

#[test]
fn the_algorithm_is_that_of_the_key() {
    const ALL: [Algorithm; 4] = [
        Algorithm::EdDsa,
        Algorithm::Es256,
        Algorithm::Hs256,
        Algorithm::Rs256,
    ];
    for said in ALL {
        let header = format!(r#"{{"alg":"{}","kid":"k","typ":"at+jwt"}}"#, said.name());
        let text = with_header(&header);
        let bind = |of_key| UnverifiedToken::parse(&text).unwrap().bind(of_key).err();
        assert_eq!(bind(None), Some(TokenError::UnknownKey));
        for of_key in ALL {
            let error = (of_key != said).then_some(TokenError::UnknownKey);
            assert_eq!(bind(Some(of_key)), error, "{said:?} {of_key:?}");
        }
    }
}

#[test]
fn a_checked_token_says_what_to_verify() {
    let text = with_header(r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt"}"#);
    let checked = UnverifiedToken::parse(&text)
        .unwrap()
        .bind(Some(Algorithm::EdDsa))
        .unwrap();
    assert_eq!(checked.key_id(), "k");
    assert_eq!(checked.signature(), [1; 64]);
    assert!(text.starts_with(checked.signing_input()));
    assert_eq!(checked.signing_input().len(), text.rfind('.').unwrap());
    assert_eq!(checked.into_payload(false), Err(TokenError::BadSignature));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String, dotted in "[A-Za-z0-9_.=-]{0,200}") {
        let _ = UnverifiedToken::parse(&text);
        let _ = UnverifiedToken::parse(&dotted);
    }

    #[test]
    fn an_arbitrary_header_never_panics(header: Vec<u8>, json in "[\\[\\]{}:,\"a-z0-9.\\\\-]{0,80}") {
        let _ = UnverifiedToken::parse(&[&header[..], b"{}", b"s"].map(encode_part).join("."));
        let _ = UnverifiedToken::parse(&with_header(&json));
    }
}
