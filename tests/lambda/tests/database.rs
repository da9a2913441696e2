//! The whole account lifecycle on a real database, and the answers when the database fails.
//!
//! `tests/mongo/with-server` provides the database.

use std::time::{Duration, Instant};

use auth_end_to_end::{Answer, PASSWORD};
use auth_faults::{Fault, Proxy, TestDatabase, server_address};
use auth_lambda_tests::{Api, Function, INIT, variables, with};
use rustix::process::Signal;
use serde_json::json;

const NEW_PASSWORD: &str = "an even longer, louder morning";

/// A migrated database behind a proxy, and the connection string through the proxy.
async fn behind_a_proxy() -> (TestDatabase, Proxy, String) {
    let database = TestDatabase::new();
    database.store().await.close().await;
    let proxy = Proxy::start(server_address()).await;
    let uri = database.uri_through(proxy.address());
    (database, proxy, uri)
}

async fn register(function: &Function, api: Api, email: &str) {
    let body = json!({ "email": email, "password": PASSWORD });
    // From a network of its own, since one network may register ten in an hour.
    let network = email.bytes().fold(0, |hash: u16, byte| {
        hash.wrapping_mul(31).wrapping_add(byte.into())
    });
    let source = format!("2001:db8:0:{network:x}::1");
    let call = api.post("/v1/register", &body).from(&source).event();
    function.call(call).await.expect(202);
}

async fn log_in(function: &Function, api: Api, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    function.call(api.post("/v1/login", &body).event()).await
}

async fn refresh(function: &Function, api: Api, token: &str) -> Answer {
    let body = json!({ "refresh_token": token });
    function
        .call(api.post("/v1/token/refresh", &body).event())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_from_its_registration_to_its_last_logout() {
    let database = TestDatabase::new();
    database.store().await.close().await;
    let mut all = variables(database.uri());
    for concurrency in ["", "4"] {
        all.push(("AWS_LAMBDA_MAX_CONCURRENCY", concurrency));
        let sequential = concurrency.is_empty();
        let variables = if sequential {
            &all[..all.len() - 1]
        } else {
            &all
        };
        let mut function = Function::start(variables).await;
        for api in Api::ALL {
            let email = |name| format!("{name}-{api:?}{concurrency}@example.com");
            let [ada, grace, edsger] = ["ada", "grace", "edsger"].map(email);
            // Three lifecycles in parallel: no user may get the answer of another.
            tokio::join!(
                live(&function, api, &ada),
                live(&function, api, &grace),
                live(&function, api, &edsger)
            );
        }
        function.signal(Signal::TERM);
        assert!(function.wait().await.success());
        let log = function.log();
        assert!(
            log.contains("stopping") && !log.contains("were cut"),
            "{log}"
        );
    }
}

async fn live(function: &Function, api: Api, email: &str) {
    let call = async |call: auth_lambda_tests::Call| function.call(call.event()).await;
    call(api.get("/readyz")).await.expect(200);
    register(function, api, email).await;
    register(function, api, email).await;
    log_in(function, api, email, "a wrong guess it is")
        .await
        .expect_problem(401, "invalid-credentials");
    let tokens = log_in(function, api, email, PASSWORD).await.expect(200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    let access = tokens.text("access_token");
    let me = call(api.get("/v1/me").bearer(&access)).await.expect(200);
    assert_eq!(me.text("email"), email);
    let question = json!({ "permission": "users:delete" });
    let decision = call(api.post("/v1/authorize", &question).bearer(&access)).await;
    assert_eq!(decision.expect(200).json()["allowed"], false);

    let tokens = refresh(function, api, &tokens.text("refresh_token")).await;
    let tokens = tokens.expect(200);
    let access = tokens.text("access_token");
    let other = log_in(function, api, email, PASSWORD).await.expect(200);
    let sessions = call(api.get("/v1/me/sessions").bearer(&access)).await;
    let sessions = sessions.expect(200).json();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 2);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    let change = api
        .call("PUT", "/v1/me/password")
        .json(&change)
        .bearer(&access);
    call(change).await.expect(204);
    let ended = refresh(function, api, &other.text("refresh_token")).await;
    ended.expect_problem(400, "invalid-grant");
    log_in(function, api, email, PASSWORD)
        .await
        .expect_problem(401, "invalid-credentials");
    call(api.call("POST", "/v1/logout").bearer(&access))
        .await
        .expect(204);
    let gone = call(api.get("/v1/me").bearer(&access)).await;
    gone.expect_problem(401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_comes_up_after_the_start_is_found() {
    let (_database, proxy, uri) = behind_a_proxy().await;
    proxy.set(Fault::Down);
    let function = Function::start(&variables(&uri)).await;
    assert!(function.cold_start() < INIT);
    function
        .call(Api::Rest.get("/readyz").event())
        .await
        .expect_unavailable();
    proxy.set(Fault::None);
    let end = Instant::now() + Duration::from_secs(30);
    while function
        .call(Api::Rest.get("/readyz").event())
        .await
        .status()
        != 200
    {
        assert!(Instant::now() < end, "{}", function.log());
    }
    register(&function, Api::Rest, "ada@example.com").await;
    log_in(&function, Api::Rest, "ada@example.com", PASSWORD)
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_database_is_answered_for_before_lambda_gives_up() {
    let (_database, proxy, uri) = behind_a_proxy().await;
    let function = Function::start(&variables(&uri)).await;
    register(&function, Api::Http, "ada@example.com").await;
    for seconds in [2, 3, 8] {
        proxy.set(Fault::BlackHole);
        let call = json!({ "email": "ada@example.com", "password": PASSWORD });
        let call = Api::Http.post("/v1/login", &call).event();
        let answer = function.call_within(call, Duration::from_secs(seconds));
        answer.await.expect_unavailable();
        proxy.set(Fault::None);
        let healthy = function.call(Api::Http.get("/readyz").event()).await;
        assert_eq!(healthy.status(), 200, "{}", function.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_while_the_sandbox_was_frozen_cost_no_request() {
    let (_database, proxy, uri) = behind_a_proxy().await;
    let function = Function::start(&variables(&uri)).await;
    register(&function, Api::Rest, "ada@example.com").await;
    let tokens = log_in(&function, Api::Rest, "ada@example.com", PASSWORD).await;
    let mut token = tokens.expect(200).text("refresh_token");
    for _ in 0..3 {
        function.signal(Signal::STOP);
        proxy.reset();
        function.signal(Signal::CONT);
        let tokens = refresh(&function, Api::Rest, &token).await;
        token = tokens.expect(200).text("refresh_token");
    }
}

/// The connections look alive and are dead. A frozen process cannot see that: no reset reaches it.
#[tokio::test(flavor = "multi_thread")]
async fn however_long_the_sandbox_was_frozen_the_next_request_is_answered() {
    const FROZEN: Duration = Duration::from_millis(600);
    const IDLE: &str = "&maxIdleTimeMS=300";
    // A connection that was idle for too long is not used again. Without that limit, one call on a
    // dead connection is lost and repeated.
    for (options, longest) in [(IDLE, 2_000), ("", 8_000)] {
        let (_database, proxy, uri) = behind_a_proxy().await;
        let function = Function::start(&variables(&format!("{uri}{options}"))).await;
        register(&function, Api::Http, "ada@example.com").await;
        let tokens = log_in(&function, Api::Http, "ada@example.com", PASSWORD).await;
        let token = tokens.expect(200).text("refresh_token");
        function.signal(Signal::STOP);
        proxy.lose_replies();
        tokio::time::sleep(FROZEN).await;
        function.signal(Signal::CONT);
        let asked = Instant::now();
        refresh(&function, Api::Http, &token).await.expect(200);
        let taken = asked.elapsed();
        assert!(
            taken < Duration::from_millis(longest),
            "{options}: {taken:?}"
        );
    }
}

/// The function has two connections, which it opened for parallel requests, and both are dead.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_does_not_meet_one_dead_connection_after_the_other() {
    let (_database, proxy, uri) = behind_a_proxy().await;
    let together = with(variables(&uri), &[("AWS_LAMBDA_MAX_CONCURRENCY", "4")]);
    let function = Function::start(&together).await;
    let ready = async || {
        let call = Api::Http.get("/readyz").event();
        function.call(call).await.expect(200)
    };
    for _ in 0..50 {
        tokio::join!(ready(), ready(), ready(), ready());
    }
    assert_eq!(proxy.open(), 3, "two, and the monitor's");
    function.signal(Signal::STOP);
    proxy.lose_replies();
    function.signal(Signal::CONT);
    ready().await;
}
