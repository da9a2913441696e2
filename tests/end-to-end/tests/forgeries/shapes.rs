//! A token has one encoding: three parts of strict base64url (RFC 7515 §3.1, §7.1).

use std::io::Write;

use auth_end_to_end::wire::{Reply, connect, read_to_end};
use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};

use crate::key::ALGORITHMS;
use crate::test_service::{TestService, decode, forgery, json, parts};

#[test]
fn refuses_every_other_spelling_of_a_good_token() {
    for test in ALGORITHMS.map(TestService::open) {
        let token = &test.session.access;
        let [header, payload, signature] = parts(token);
        let object = format!(
            r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#
        );
        let general = format!(
            r#"{{"payload":"{payload}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#
        );
        let spelled = [
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
            format!("{header}.{payload}.{payload}.{payload}.{signature}"),
            format!("{token}.{token}"),
            format!("{token}="),
            format!("{token}=="),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}==.{signature}"),
            format!("{token}A"),
            format!("{token}AA"),
            format!("{token}AAAA"),
            format!("{header}.{payload}.+{}", &signature[1..]),
            format!("{header}.{payload}./{}", &signature[1..]),
            format!("{token} "),
            format!("{token} x"),
            format!("{header}. {payload}.{signature}"),
            format!("\"{token}\""),
            format!("Bearer {token}"),
            format!("{token},{token}"),
            object,
            general,
            token.replace('.', "%2E"),
            "e30.e30.e30".to_owned(),
        ];
        // Whitespace around a field's value is not part of it (RFC 9110 §5.5).
        let forgeries = spelled
            .into_iter()
            .filter(|spelled| spelled.trim() != token)
            .map(|spelled| forgery(spelled.clone(), spelled));
        test.refuse(forgeries.collect());
    }
}

/// Decodes base64url and ignores the unused bits of the last character.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The same bytes, encoded with another last character.
fn twins(part: &str) -> Vec<String> {
    let (start, last) = part.split_at(part.len() - 1);
    let letters = (b'-'..=b'z').map(char::from);
    letters
        .map(|letter| format!("{start}{letter}"))
        .filter(|other| !other.ends_with(last))
        .filter(|other| LENIENT.decode(other).ok() == Some(decode(part)))
        .collect()
}

#[test]
fn refuses_bits_that_say_nothing() {
    for test in ALGORITHMS.map(TestService::open) {
        let token = &test.session.access;
        let mut forgeries = Vec::new();
        for (index, part) in parts(token).iter().enumerate() {
            for twin in twins(part) {
                let mut parts = parts(token).map(str::to_owned);
                parts[index] = twin;
                forgeries.push(forgery(format!("part {index}"), parts.join(".")));
            }
        }
        assert!(!forgeries.is_empty(), "every part is full: {token}");
        test.refuse(forgeries);
    }
}

#[test]
fn refuses_what_is_too_large_before_reading_it() {
    let test = TestService::open("EdDSA");
    let large = "a".repeat(60_000);
    let header = json(&test.header);
    test.refuse(vec![
        forgery("60 kB", large.as_str()),
        forgery("60 kB of dots", ".".repeat(60_000)),
        forgery("60 kB of header", format!("{large}.a.a")),
        forgery("60 kB of payload", format!("a.{large}.a")),
        forgery(
            "60 kB of signature",
            format!("{}.{large}", &test.session.access),
        ),
        forgery(
            "40 kB of claims",
            test.with_claim("x", Some(&format!("\"{}\"", "x".repeat(40_000)))),
        ),
        forgery(
            "40 kB of brackets",
            test.signed(&header, "[".repeat(40_000)),
        ),
    ]);
    // hyper refuses a head of a megabyte before the service sees the request.
    for reply in test.ask("a".repeat(1_000_000).as_bytes()) {
        assert_eq!(reply.status, 431, "{reply:?}");
    }
    let claims = test.with_claim("x", Some(&format!("\"{}\"", "x".repeat(700_000))));
    for reply in test.ask(claims.as_bytes()) {
        assert_eq!(reply.status, 431, "{reply:?}");
    }
    test.is_well();
}

#[test]
fn refuses_bytes_that_are_no_text() {
    let test = TestService::open("EdDSA");
    let token = test.session.access.as_bytes();
    let with = |byte: u8| [token, &[byte]].concat();
    let forgeries = [0x80, 0xff, 0xc3, 0xe2].map(|byte| forgery(format!("{byte:#x}"), with(byte)));
    test.refuse(forgeries.into());
    // Bytes that are not allowed in a header field end the request before the token is read.
    for bytes in [
        with(0),
        with(1),
        with(0x7f),
        [token, b"\0.", token].concat(),
    ] {
        for reply in test.ask(&bytes) {
            assert_eq!(reply.status, 400, "{reply:?}");
        }
    }
    test.is_well();
}

#[test]
fn two_tokens_are_none() {
    let test = TestService::open("EdDSA");
    let token = &test.session.access;
    let mut stream = connect(&test.server);
    let field = format!("authorization: Bearer {token}\r\n");
    let request =
        format!("GET /v1/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{field}{field}\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    let reply = Reply::parse(&read_to_end(stream)).expect("an answer");
    assert_eq!(reply.status, 401, "{reply:?}");
}
