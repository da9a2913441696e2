//! Wrong claims in tokens signed with the server's own key.

use crate::test_service::{Forgery, TestService, forgery, json, json_with};

const TIMES: [&str; 4] = ["exp", "iat", "nbf", "auth_time"];
const TEXTS: [&str; 5] = ["iss", "sub", "jti", "client_id", "sid"];

fn with_values(test: &TestService, name: &str, values: &[&str]) -> Vec<Forgery> {
    let one = |value: &&str| {
        forgery(
            format!("{name} {value}"),
            test.with_claim(name, Some(value)),
        )
    };
    values.iter().map(one).collect()
}

#[test]
fn refuses_times_that_are_no_plain_integers() {
    let test = TestService::open("EdDSA");
    let mut forgeries = Vec::new();
    for name in TIMES {
        // The value of the time is right and its form is wrong.
        let right = match test.payload.get(name) {
            Some(time) => time.to_string(),
            None => test.payload["iat"].to_string(),
        };
        let spelled = [
            format!("\"{right}\""),
            format!("{right}.0"),
            format!("{right}.5"),
            format!("{right}e0"),
            format!("{right}E+0"),
            format!("[{right}]"),
            format!("{{\"$gt\":{right}}}"),
            format!("-{right}"),
            format!("+{right}"),
            format!("0{right}"),
        ];
        let spelled: Vec<_> = spelled.iter().map(String::as_str).collect();
        forgeries.extend(with_values(&test, name, &spelled));
        forgeries.extend(with_values(
            &test,
            name,
            &[
                "1e400",
                "-1e400",
                "1e9",
                "-0",
                "-1",
                "0.1",
                "null",
                "true",
                "[]",
                "{}",
                "\"\"",
                "NaN",
                "Infinity",
                "0x7fffffff",
                "9007199254740993",
                "18446744073709551616",
                "99999999999999999999999999999999",
            ],
        ));
    }
    test.refuse(forgeries);
}

#[test]
fn refuses_a_claim_that_is_missing_or_of_another_kind() {
    let test = TestService::open("EdDSA");
    let mut forgeries = Vec::new();
    for name in test.payload.keys() {
        forgeries.push(forgery(format!("no {name}"), test.with_claim(name, None)));
        let others = ["null", "true", "{}", "0.5", "[1]", "[null]"];
        forgeries.extend(with_values(&test, name, &others));
    }
    for name in TEXTS {
        let others = ["7", "[]", "[\"a\"]", "\"\\ud800\"", "\"\""];
        forgeries.extend(with_values(&test, name, &others));
    }
    for name in ["roles", "amr"] {
        let others = [
            "\"admin\"",
            "[\"a\",1]",
            "[[\"admin\"]]",
            "{\"admin\":true}",
        ];
        forgeries.extend(with_values(&test, name, &others));
    }
    test.refuse(forgeries);
}

#[test]
fn refuses_tokens_for_others_and_from_others() {
    let test = TestService::open("EdDSA");
    let issuer = test.server.url().to_owned();
    let upper = issuer.to_uppercase();
    let issuers = [
        format!("{issuer}/"),
        format!("{issuer}//"),
        format!("{issuer}?"),
        format!("{issuer}#"),
        format!(" {issuer}"),
        format!("{issuer} "),
        format!("{issuer}\\u0000"),
        issuer.replace("http:", "HTTP:"),
        issuer.replace("http:", "https:"),
        issuer.replace("127.0.0.1", "localhost"),
        issuer[..issuer.len() - 1].to_owned(),
        upper,
        "http://127.0.0.1".to_owned(),
        "https://elsewhere.example".to_owned(),
        "*".to_owned(),
    ]
    .map(|issuer| format!("\"{issuer}\""));
    let issuers: Vec<_> = issuers.iter().map(String::as_str).collect();
    let mut forgeries = with_values(&test, "iss", &issuers);
    let array = format!("[\"{issuer}\"]");
    forgeries.extend(with_values(&test, "iss", &[&array]));
    forgeries.extend(with_values(
        &test,
        "aud",
        &[
            "\"elsewhere\"",
            "\"Countersign\"",
            "\"COUNTERSIGN\"",
            "\"countersign \"",
            "\"countersig\"",
            "\"countersign/\"",
            "\"countersign,elsewhere\"",
            "\"countersign elsewhere\"",
            "\"*\"",
            "\"\"",
            "[]",
            "[\"elsewhere\"]",
            "[\"elsewhere\",\"Countersign\"]",
            "[[\"countersign\"]]",
            "[\"countersign\",7]",
            "[\"countersign\",null]",
            "{\"countersign\":true}",
            "7",
        ],
    ));
    test.refuse(forgeries);
}

#[test]
fn refuses_claims_with_two_meanings() {
    let test = TestService::open("EdDSA");
    let (header, payload) = (json(&test.header), json(&test.payload));
    let inner = &payload[1..payload.len() - 1];
    let mut payloads = Vec::new();
    for (name, value) in &test.payload {
        payloads.push(format!("{{{inner},\"{name}\":{value}}}"));
        payloads.push(format!("{{\"{name}\":\"other\",{inner}}}"));
    }
    let depths = [100, 1000, 4000];
    payloads.extend(depths.map(|depth| nested(inner, depth, "[", "]")));
    payloads.extend(depths.map(|depth| nested(inner, depth / 5, "{\"y\":", "}")));
    payloads.extend([
        format!("{{{inner},\"s\\u0075b\":\"other\"}}"),
        format!("{{{inner},\"x\":1,\"x\":2}}"),
        format!("{{{inner},\"x\":{{\"y\":1,\"y\":2}}}}"),
        format!("{{{inner},\"x\":[{{\"y\":1,\"y\":2}}]}}"),
        format!("{{{inner},}}"),
        format!("{{{inner}"),
        format!("{payload}{payload}"),
        format!("{payload}x"),
        format!("[{payload}]"),
        format!("\u{feff}{payload}"),
        format!("{{{inner}/*,*/}}"),
        payload.replace(':', "="),
        payload.replace('"', "'"),
        json_with(&test.payload, "sub", Some("\"a\u{1}b\"")),
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "\"\"".to_owned(),
    ]);
    let mut forgeries: Vec<_> = payloads
        .iter()
        .map(|payload| forgery(payload.as_str(), test.signed(&header, payload)))
        .collect();
    for bytes in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82"] {
        let text = [&b"\"x\":\""[..], bytes, b"\","].concat();
        let mut payload = payload.clone().into_bytes();
        payload.splice(1..1, text);
        forgeries.push(forgery(
            format!("not UTF-8: {}", bytes.escape_ascii()),
            test.signed(&header, payload),
        ));
    }
    test.refuse(forgeries);
}

/// A claim nested to this depth.
fn nested(inner: &str, depth: usize, open: &str, close: &str) -> String {
    let (open, close) = (open.repeat(depth), close.repeat(depth));
    format!("{{{inner},\"x\":{open}1{close}}}")
}
