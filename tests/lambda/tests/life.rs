//! How a function starts, handles events in parallel, and ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_lambda_tests::{Api, Function, INIT, NOWHERE, variables, wait_for, with};
use rustix::process::Signal;
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test]
async fn without_a_database_it_starts_and_says_when_to_try_again() {
    let function = Function::start(&variables(NOWHERE)).await;
    assert!(function.cold_start() < INIT);
    for api in Api::ALL {
        for path in ["/healthz", "/.well-known/jwks.json", "/openapi.json"] {
            function.call(api.get(path).event()).await.expect(200);
        }
        let body = json!({ "email": "ada@example.com", "password": "a long and quiet evening" });
        for call in [
            api.get("/readyz"),
            api.post("/v1/register", &body),
            api.post("/v1/login", &body),
        ] {
            function.call(call.event()).await.expect_unavailable();
        }
    }
    let log = function.log();
    assert!(log.contains("no connection to the database yet"), "{log}");
    assert!(!log.contains(auth_lambda_tests::SECRET));
}

#[tokio::test]
async fn one_event_at_a_time_unless_lambda_says_otherwise() {
    let function = Function::start(&variables(NOWHERE)).await;
    assert_eq!(function.api().pollers(), 1);
    let together = with(variables(NOWHERE), &[("AWS_LAMBDA_MAX_CONCURRENCY", "4")]);
    let function = Arc::new(Function::start(&together).await);
    let all = || (function.api().pollers() == 4).then_some(());
    wait_for("four requests for events", all).await;
    let mut calls = JoinSet::new();
    for number in 0..100 {
        let function = Arc::clone(&function);
        calls.spawn(async move {
            let path = format!("/problems/no-such-{number}");
            let call = Api::ALL[number % 2].get(&path);
            let answer = function.call(call.event()).await;
            assert_eq!(answer.text("request_id"), answer.header("x-request-id"));
            answer.header("x-request-id").to_owned()
        });
    }
    let ids: BTreeSet<_> = calls.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 100, "each answer is that of its own event");
    wait_for("four requests for events again", all).await;
}

#[tokio::test]
async fn a_signal_ends_it_well_and_soon() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut function = Function::start(&variables(NOWHERE)).await;
        assert_eq!(function.api().extensions(), ["countersign-shutdown"]);
        function
            .call(Api::Rest.get("/healthz").event())
            .await
            .expect(200);
        let sent = Instant::now();
        function.signal(signal);
        let status = function.wait().await;
        assert!(status.success(), "{status}");
        assert!(
            sent.elapsed() < Duration::from_millis(1500),
            "{:?}",
            sent.elapsed()
        );
        assert!(function.log().contains("stopping"));
    }
}

#[tokio::test]
async fn a_bad_setting_ends_it_with_one_sentence() {
    for (name, value, sentence) in [
        ("MONGODB_URI", "", "error: MONGODB_URI is not set"),
        (
            "MONGODB_URI",
            "mongodb://h/?tls=false",
            "`tls=false` is for development alone",
        ),
        ("JWT_SECRET_KEY", "", "error: JWT_SECRET_KEY is not set"),
        ("JWT_SECRET_KEY", "short", "at least 32 bytes"),
        (
            "JWT_SECRET_KEY",
            "changeme-changeme-changeme-changeme",
            "an example or a placeholder",
        ),
        (
            "COUNTERSIGN_ISSUER",
            "example",
            "error: COUNTERSIGN_ISSUER cannot be `example`",
        ),
        (
            "COUNTERSIGN_POLICY",
            "/no/such/file",
            "cannot read the policy `/no/such/file`",
        ),
        (
            "COUNTERSIGN_MONGODB_CA_FILE",
            "/no/such/file",
            "the bundle of authorities `/no/such",
        ),
        (
            "COUNTERSIGN_MONGODB_CA_FILE",
            "/dev/null",
            "the bundle of authorities `/dev/null` is empty",
        ),
        ("LOG_LEVEL", "loud", "error: LOG_LEVEL cannot be `loud`"),
    ] {
        let all = with(variables(NOWHERE), &[(name, value)]);
        let mut function = Function::spawn(&all).await;
        let status = function.wait().await;
        let log = function.log();
        assert_eq!(status.code(), Some(1), "{name}={value}: {log}");
        assert!(log.contains(sentence), "{name}={value}: {log}");
        assert!(!log.contains("panicked"), "{log}");
    }
}
