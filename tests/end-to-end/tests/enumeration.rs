//! No answer shows whether an address has an account. `make bench` measures the time of answers.

use std::collections::BTreeMap;

use auth_end_to_end::{Answer, Options, PASSWORD, Server};
use serde_json::json;

const WRONG: &str = "not the password at all";

/// An answer without its date and request id, which differ with every request.
fn visible(answer: &Answer) -> (u16, BTreeMap<String, String>, String) {
    let id = answer.header("x-request-id");
    let headers = answer.headers().iter();
    let headers = headers.filter(|(name, _)| *name != "date" && *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()));
    let body = String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status(), headers.collect(), body.replace(id, "…"))
}

#[test]
fn unknown_wrong_and_disabled_look_alike() {
    let server = Server::start(&Options::default());
    let admin = server.set_up("ada@example.com");
    let client = server.client();
    for email in ["known@example.com", "disabled@example.com"] {
        client.register(email).expect(202);
    }
    let disabled = client.login("disabled@example.com");
    let path = format!("/v1/users/{}", disabled.client.get("/v1/me").text("id"));
    admin
        .patch(&path, &json!({ "status": "disabled" }))
        .expect(200);
    let unreplaced = json!({ "email": "initial@example.com" });
    admin.post("/v1/users", &unreplaced).expect(201);

    let unknown = client.try_login("unknown@example.com", WRONG);
    let unknown = visible(&unknown.expect_problem(401, "invalid-credentials"));
    for email in [
        "known@example.com",
        "disabled@example.com",
        "initial@example.com",
    ] {
        assert_eq!(visible(&client.try_login(email, WRONG)), unknown, "{email}");
    }
}

#[test]
fn a_throttled_address_looks_the_same_with_and_without_an_account() {
    let server = Server::start(&Options::default());
    let client = server.client();
    client.register("known@example.com").expect(202);
    let blocked = ["known@example.com", "unknown@example.com"].map(|email| {
        for _ in 0..5 {
            client
                .try_login(email, WRONG)
                .expect_problem(401, "invalid-credentials");
        }
        let answer = client
            .try_login(email, PASSWORD)
            .expect_problem(429, "too-many-attempts");
        let (status, mut headers, body) = visible(&answer);
        // The rest of the block, which depends on the moment of the request.
        let wait: u64 = headers.remove("retry-after").unwrap().parse().unwrap();
        assert!((50..=60).contains(&wait), "{wait}");
        headers.remove("content-length");
        (status, headers, body.replace(&wait.to_string(), "…"))
    });
    assert_eq!(blocked[0], blocked[1]);
}

#[test]
fn a_registration_does_not_tell_whether_the_address_was_taken() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let new = visible(&client.register("bob@example.com").expect(202));
    let other = json!({ "email": "BOB@example.com", "password": "another password altogether" });
    assert_eq!(visible(&client.post("/v1/register", &other)), new);
    client.login("bob@example.com");
    client
        .try_login("bob@example.com", "another password altogether")
        .expect(401);
}
