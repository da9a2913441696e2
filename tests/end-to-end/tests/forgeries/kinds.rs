//! A token of one kind is refused in place of every other kind.

use std::collections::BTreeSet;
use std::fs;

use auth_end_to_end::{PASSWORD, Session};
use serde_json::{Value, json};

use crate::key::ALGORITHMS;
use crate::test_service::{TestService, decode, forgery, json as json_of, json_with, parts};

#[test]
fn only_access_tokens_are_access_tokens() {
    let test = TestService::open("EdDSA");
    for typ in [
        "at+jwt",
        "AT+JWT",
        "At+Jwt",
        "application/at+jwt",
        "APPLICATION/AT+JWT",
    ] {
        test.accept(typ, &test.with_header("typ", Some(&format!("\"{typ}\""))));
    }
    let mut forgeries = vec![forgery("no typ", test.with_header("typ", None))];
    for typ in [
        "\"JWT\"",
        "\"jwt\"",
        "\"\"",
        "\"id_token\"",
        "\"id+jwt\"",
        "\"rt+jwt\"",
        "\"refresh+jwt\"",
        "\"reset+jwt\"",
        "\"mfa+jwt\"",
        "\"dpop+jwt\"",
        "\"secevent+jwt\"",
        "\"logout+jwt\"",
        "\"token-introspection+jwt\"",
        "\"application/jwt\"",
        "\"text/at+jwt\"",
        "\"application/application/at+jwt\"",
        "\"at+jwt \"",
        "\" at+jwt\"",
        "\"at+jwt\\u0000\"",
        "\"at+jws\"",
        "null",
        "0",
        "[\"at+jwt\"]",
        "{\"at+jwt\":1}",
    ] {
        forgeries.push(forgery(
            format!("typ {typ}"),
            test.with_header("typ", Some(typ)),
        ));
    }
    test.refuse(forgeries);
}

fn set_up_token(test: &TestService) -> String {
    let token = fs::read_to_string(test.server.data().join("setup-token")).expect("a token");
    token.trim().to_owned()
}

#[test]
fn refresh_device_and_set_up_tokens_open_nothing_as_access_tokens() {
    let test = TestService::open("EdDSA");
    let device = test.session.device.clone().expect("a device token");
    test.refuse(vec![
        forgery("a refresh token", test.session.refresh.as_str()),
        forgery("a device token", device),
        forgery("a set-up token", set_up_token(&test)),
        forgery("a session's id", test.session.id.as_str()),
    ]);
}

#[test]
fn other_tokens_refresh_end_and_set_up_nothing() {
    let test = TestService::open("EdDSA");
    let client = test.client();
    let set_up = set_up_token(&test);
    let Session {
        access,
        refresh,
        device,
        ..
    } = test.session.clone();
    let device = device.expect("a device token");
    for token in [&access, &device, &set_up] {
        client.refresh(token).expect_problem(400, "invalid-grant");
        // A logout gives the same answer whether or not it ended a session.
        let body = json!({ "refresh_token": token });
        client.post("/v1/logout", &body).expect(204);
    }
    for token in [&access, &refresh, &device] {
        client
            .set_up(token, "eve@example.com")
            .expect_problem(403, "invalid-setup-token");
    }
    // Tokens are refused in place of a password or of another member of the body.
    client
        .try_login("bob@example.com", &access)
        .expect_problem(401, "invalid-credentials");
    test.is_well();
    client.refresh(&refresh).expect(200);
}

#[test]
fn other_tokens_are_no_known_device() {
    let test = TestService::open("EdDSA");
    let client = test.client();
    for _ in 0..5 {
        client
            .try_login("bob@example.com", "not the password at all")
            .expect(401);
    }
    let login = |device: &str| {
        let body =
            json!({ "email": "bob@example.com", "password": PASSWORD, "device_token": device });
        client.post("/v1/login", &body)
    };
    let Session {
        access,
        refresh,
        device,
        ..
    } = &test.session;
    let device = device.as_deref().expect("a device token");
    let cut = &device[..device.len() - 1];
    for other in [access, refresh.as_str(), &set_up_token(&test), cut, "x"] {
        login(other).expect_problem(429, "too-many-attempts");
    }
    login(device).expect(200);
}

#[test]
fn an_issued_token_says_what_rfc_9068_asks_and_each_is_another() {
    let test = TestService::open("EdDSA");
    for name in [
        "iss",
        "exp",
        "aud",
        "sub",
        "client_id",
        "iat",
        "jti",
        "sid",
        "roles",
        "auth_time",
        "amr",
    ] {
        assert!(test.payload.contains_key(name), "{name}");
    }
    let number = |name: &str| test.payload[name].as_u64().expect("a time");
    assert_eq!(number("exp") - number("iat"), 600);
    assert_eq!(test.payload["iss"], test.server.url());
    let metadata = test
        .client()
        .get("/.well-known/oauth-authorization-server")
        .expect(200);
    assert_eq!(test.payload["iss"], metadata.json()["issuer"]);
    let mut seen = BTreeSet::new();
    let mut refresh = test.session.refresh.clone();
    for _ in 0..50 {
        let next = test
            .client()
            .session(&test.client().refresh(&refresh).expect(200));
        let [_, payload, _] = parts(&next.access);
        let payload: Value = serde_json::from_slice(&decode(payload)).expect("claims");
        assert!(seen.insert(payload["jti"].to_string()), "{payload}");
        refresh = next.refresh;
    }
}

#[test]
fn what_the_test_signs_is_what_the_server_would_issue() {
    for test in ALGORITHMS.map(TestService::open) {
        let header = json_with(&test.header, "unknown", Some("{\"a\":[1]}"));
        for (name, token) in [
            ("the same", test.with_claim("jti", Some("\"another\""))),
            ("more claims", test.with_claim("scope", Some("\"a b\""))),
            ("more header", test.signed(header, json_of(&test.payload))),
            (
                "several audiences",
                test.with_claim("aud", Some("[\"billing\",\"countersign\"]")),
            ),
        ] {
            test.accept(name, &token);
        }
    }
}
