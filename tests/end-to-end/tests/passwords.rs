//! The password policy applies to every call that sets a password.

use auth_end_to_end::{Options, PASSWORD, Server};
use serde_json::json;

/// The list of common passwords that the component is built with.
const COMMON: &str = include_str!("../../../core/rules/src/password/common.txt");
const MIN_LENGTH: usize = 15;

/// The passwords of the list that are long enough, so that their length is no reason to refuse them.
fn common() -> Vec<&'static str> {
    let found: Vec<_> = COMMON
        .lines()
        .filter(|line| line.chars().count() >= MIN_LENGTH)
        .collect();
    assert!(found.len() > 100, "{} passwords", found.len());
    found
}

#[test]
fn every_common_password_is_refused_at_registration_and_change() {
    // A password that contains the user's own name is refused for that reason instead.
    let server = Server::start(&Options::default());
    let user = server.client().join("zq@example.com").client;
    for password in common() {
        let body = json!({ "email": "xk@example.com", "password": password });
        let register = server.client().post("/v1/register", &body);
        let body = json!({ "current_password": PASSWORD, "new_password": password });
        let change = user.put("/v1/me/password", &body);
        for (answer, pointer) in [(register, "/password"), (change, "/new_password")] {
            let problem = answer.expect_problem(422, "invalid-request").json();
            let errors = problem["errors"].as_array().expect("errors").iter();
            let common = |error: &&serde_json::Value| {
                error["code"] == "common" && error["pointer"] == pointer
            };
            assert_eq!(errors.filter(common).count(), 1, "{password}: {problem}");
        }
    }
    server
        .client()
        .try_login("xk@example.com", PASSWORD)
        .expect(401);
    server.client().login("zq@example.com");
}

#[test]
fn every_common_password_is_refused_at_set_up() {
    let server = Server::start(&Options::default());
    let token = std::fs::read_to_string(server.data().join("setup-token")).unwrap();
    for password in common() {
        let body =
            json!({ "token": token.trim(), "email": "xk@example.com", "password": password });
        let answer = server.client().post("/v1/setup", &body);
        answer.expect_problem(422, "invalid-request");
    }
    server
        .client()
        .set_up(token.trim(), "xk@example.com")
        .expect(201);
}

#[test]
fn the_device_on_which_the_password_was_changed_gets_a_new_token() {
    const NEW: &str = "an even longer, louder morning";
    let server = Server::start(&Options::default());
    let mine = server.client().join("bob@example.com");
    let change = |current: &str, new: &str| {
        let body = json!({
            "current_password": current, "new_password": new, "device_token": mine.device,
        });
        mine.client.put("/v1/me/password", &body)
    };
    let successor = change(PASSWORD, NEW).expect(200).text("device_token");
    assert_ne!(Some(&successor), mine.device.as_ref());
    // The token that was replaced marks no device any more.
    change(NEW, PASSWORD).expect(204);
    let body = json!({
        "email": "bob@example.com", "password": PASSWORD, "device_token": successor,
    });
    server.client().post("/v1/login", &body).expect(200);
}
