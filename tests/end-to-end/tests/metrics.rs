//! The values of `/metrics` follow the requests.

use std::collections::BTreeMap;

use auth_end_to_end::{Options, PASSWORD, QUICK_POLICY, Server};
use serde_json::json;

const USER: &str = "ada@example.com";
const WRONG: &str = "not the password at all";

/// The values of the page, by name and labels as written there.
fn numbers(server: &Server) -> BTreeMap<String, f64> {
    let text = server.metrics();
    let samples = text.lines().filter(|line| !line.is_empty());
    let samples = samples.filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a sample");
            (name.to_owned(), value.parse().expect("a number"))
        })
        .collect()
}

#[test]
fn each_number_follows_what_happened() {
    let policy = format!("{QUICK_POLICY}[session]\ngrace_seconds = 0\n");
    let server = Server::start(&Options::default().policy(&policy));
    let client = server.client();
    let session = client.join(USER);
    client.refresh(&session.refresh).expect(200);
    client.refresh(&session.refresh).expect(400);
    let question = json!({ "permission": "users:delete" });
    session.client.post("/v1/authorize", &question).expect(200);
    for _ in 0..5 {
        client.try_login(USER, WRONG).expect(401);
    }
    client.try_login(USER, PASSWORD).expect(429);

    let numbers = numbers(&server);
    for (name, expected) in [
        (
            r#"countersign_requests_total{route="/v1/register",status="202"}"#,
            1.0,
        ),
        (
            r#"countersign_requests_total{route="/v1/login",status="200"}"#,
            1.0,
        ),
        (
            r#"countersign_requests_total{route="/v1/login",status="401"}"#,
            5.0,
        ),
        (
            r#"countersign_requests_total{route="/v1/login",status="429"}"#,
            1.0,
        ),
        (r#"countersign_events_total{event="login-succeeded"}"#, 1.0),
        (r#"countersign_events_total{event="login-failed"}"#, 5.0),
        (r#"countersign_events_total{event="login-throttled"}"#, 1.0),
        (r#"countersign_events_total{event="refresh-reused"}"#, 1.0),
        (
            r#"countersign_password_seconds_count{operation="hash"}"#,
            1.0,
        ),
        (
            r#"countersign_password_seconds_count{operation="verify"}"#,
            6.0,
        ),
        ("countersign_verification_seconds_count", 1.0),
        ("countersign_hash_queue", 0.0),
    ] {
        assert_eq!(numbers.get(name), Some(&expected), "{name}: {numbers:#?}");
    }
    for store in ["accounts", "sessions", "throttle", "codes"] {
        let count = format!(r#"countersign_store_seconds_count{{store="{store}"}}"#);
        assert!(
            numbers.get(&count).is_some_and(|count| *count > 0.0),
            "{count}"
        );
        let sum = format!(r#"countersign_store_seconds_sum{{store="{store}"}}"#);
        assert!(numbers.get(&sum).is_some_and(|sum| *sum > 0.0), "{sum}");
    }
    assert!(numbers.keys().all(|name| !name.contains(USER)));
    // The counts of events tell whether a registration made an account.
    client.get("/metrics").expect_problem(404, "not-found");
}
