//! Headers that bring another key or an extension, in tokens signed with the server's own key.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::key::{ALGORITHMS, Key};
use crate::test_service::{Forgery, TestService, encode, forgery, json, json_with};

fn with_values(test: &TestService, name: &str, values: &[&str]) -> Vec<Forgery> {
    let one = |value: &&str| {
        let shown = value.get(..40).unwrap_or(value);
        forgery(
            format!("{name} {shown}"),
            test.with_header(name, Some(value)),
        )
    };
    values.iter().map(one).collect()
}

#[test]
fn a_key_that_comes_with_the_token_is_neither_used_nor_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
    listener.set_nonblocking(true).expect("a mode");
    let trap = format!("http://{}", listener.local_addr().expect("an address"));
    for test in ALGORITHMS.map(TestService::open) {
        let url = format!("\"{trap}/keys\"");
        let own = format!("\"{}/.well-known/jwks.json\"", test.server.url());
        let mut forgeries = Vec::new();
        for name in ["jku", "x5u"] {
            forgeries.extend(with_values(&test, name, &[&url, &own, "\"\"", "null"]));
        }
        forgeries.extend(with_values(&test, "kid", &[&url]));
        forgeries.extend(with_values(&test, "x5c", &["[\"MIIB\"]", "[]", "null"]));
        forgeries.extend(with_values(&test, "jwk", &["{}", "null"]));
        forgeries.extend(own_keys(&test, &trap));
        test.refuse(forgeries);
    }
    let reached = listener.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(
        reached,
        Err(ErrorKind::WouldBlock),
        "the server fetched a key"
    );
}

/// Tokens signed with the forger's key, which the header contains or links to.
fn own_keys(test: &TestService, trap: &str) -> Vec<Forgery> {
    let key = Key::generate("EdDSA");
    let jwk = format!(
        r#"{{"kty":"OKP","crv":"Ed25519","x":"{}","kid":"mine"}}"#,
        encode(key.public_bare())
    );
    let certificate = format!("[\"{}\"]", encode(key.public_der()));
    let url = format!("\"{trap}/keys\"");
    let members = [
        ("jwk", &jwk),
        ("x5c", &certificate),
        ("jku", &url),
        ("x5u", &url),
    ];
    let kids = [test.header["kid"].to_string(), "\"mine\"".to_owned()];
    let mut forgeries = Vec::new();
    for (name, value) in members {
        for kid in &kids {
            let header =
                format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":{kid},"{name}":{value}}}"#);
            let input = format!("{}.{}", encode(header), encode(json(&test.payload)));
            let token = format!("{input}.{}", encode(key.sign(input.as_bytes())));
            forgeries.push(forgery(format!("own key by {name}, kid {kid}"), token));
        }
    }
    forgeries
}

#[test]
fn a_key_id_means_a_key_and_nothing_else() {
    let test = TestService::open("EdDSA");
    let kid = test.header["kid"].as_str().expect("a key id").to_owned();
    let long = format!("\"{}\"", "k".repeat(10_000));
    let swapped: String = kid
        .chars()
        .map(|c| match c.is_ascii_lowercase() {
            true => c.to_ascii_uppercase(),
            false => c.to_ascii_lowercase(),
        })
        .collect();
    let spelled: Vec<_> = [
        format!("{kid}\\u0000"),
        format!("{kid}\\u0000.json"),
        format!("\\u0000{kid}"),
        format!("{kid} "),
        format!("{kid}\\n"),
        format!("./{kid}"),
        format!("key-{kid}"),
        format!("keys/key-{kid}.json"),
        kid[1..].to_owned(),
        swapped,
    ]
    .map(|kid| format!("\"{kid}\""))
    .into();
    let array = format!("[\"{kid}\"]");
    let mut values = vec![
        "\"\"",
        "null",
        "0",
        "true",
        &array,
        r#"{"$ne":null}"#,
        r#"{"$gt":""}"#,
        r#"{"$regex":".*"}"#,
        r#""$where""#,
        r#""' OR '1'='1""#,
        r#""k'; DROP TABLE keys; --""#,
        r#""../../../../../../etc/passwd""#,
        r#""..\\..\\key""#,
        r#""/dev/null""#,
        r#""/proc/self/environ""#,
        r#""mac.secret""#,
        r#""%2e%2e%2f""#,
        r#""${jndi:ldap://127.0.0.1/a}""#,
        r#""file:///etc/passwd""#,
        r#""\u0000""#,
        r#""unknown""#,
        &long,
    ];
    values.extend(spelled.iter().map(String::as_str));
    let mut forgeries = with_values(&test, "kid", &values);
    forgeries.push(forgery("no kid", test.with_header("kid", None)));
    test.refuse(forgeries);
}

#[test]
fn extensions_are_refused_whatever_they_are() {
    let test = TestService::open("EdDSA");
    let mut forgeries = with_values(
        &test,
        "crit",
        &[
            r#"["exp"]"#,
            r#"["b64"]"#,
            r#"["alg"]"#,
            r#"["unknown"]"#,
            "[]",
            "null",
            "\"exp\"",
        ],
    );
    forgeries.extend(with_values(&test, "b64", &["false", "true", "null"]));
    forgeries.extend(with_values(&test, "zip", &["\"DEF\"", "null"]));
    forgeries.extend(with_values(&test, "cty", &["\"JWT\"", "\"json\""]));
    forgeries.push(unencoded(&test));
    test.refuse(forgeries);
}

/// A token under RFC 7797, signed over the unencoded payload.
fn unencoded(test: &TestService) -> Forgery {
    let header = json_with(&test.header, "b64", Some("false"));
    let header = encode(header.replacen('{', r#"{"crit":["b64"],"#, 1));
    let payload = json(&test.payload);
    let signature = test.key.sign(format!("{header}.{payload}").as_bytes());
    let token = format!("{header}.{}.{}", encode(payload), encode(signature));
    forgery("an unencoded payload", token)
}

#[test]
fn a_header_with_two_meanings_is_refused() {
    let test = TestService::open("EdDSA");
    let (header, payload) = (json(&test.header), json(&test.payload));
    let inner = &header[1..header.len() - 1];
    let mut headers = Vec::new();
    for twice in [
        r#""alg":"EdDSA""#,
        r#""alg":"none""#,
        r#""\u0061lg":"none""#,
        r#""kid":"other""#,
        r#""typ":"JWT""#,
        r#""x":1,"x":1"#,
        r#""x":{"y":1,"y":2}"#,
    ] {
        headers.push(format!("{{{inner},{twice}}}"));
        headers.push(format!("{{{twice},{inner}}}"));
    }
    headers.push(format!(
        "{{{inner},\"x\":{}{}}}",
        "[".repeat(1000),
        "]".repeat(1000)
    ));
    for other in [
        "",
        "{}",
        "[]",
        "null",
        "\"EdDSA\"",
        "0",
        "{",
        "{'alg':'EdDSA'}",
    ] {
        headers.push(other.to_owned());
    }
    headers.push(format!("\u{feff}{header}"));
    headers.push(format!("{header}{header}"));
    headers.push(format!("[{header}]"));
    headers.push(format!("{header} x"));
    let mut forgeries: Vec<_> = headers
        .iter()
        .map(|header| forgery(header.as_str(), test.signed(header, &payload)))
        .collect();
    let mut not_utf8 = header.into_bytes();
    not_utf8.splice(1..1, *b"\"x\":\"\xff\",");
    forgeries.push(forgery("not UTF-8", test.signed(not_utf8, &payload)));
    test.refuse(forgeries);
}
