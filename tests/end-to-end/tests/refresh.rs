//! A refresh token works once, and a second use reveals a stolen copy.

use auth_end_to_end::{Options, QUICK_POLICY, Server};

const USER: &str = "bob@example.com";

#[test]
fn within_the_grace_the_token_before_answers_the_same_successor() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let first = client.join(USER);
    let second = client
        .refresh(&first.refresh)
        .expect(200)
        .text("refresh_token");
    let replay = client
        .refresh(&first.refresh)
        .expect(200)
        .text("refresh_token");
    assert_eq!(replay, second);
    client.refresh(&second).expect(200);
}

#[test]
fn a_repetition_by_another_client_needs_the_idempotency_key() {
    const KEY: &str = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"";
    let server = Server::start(&Options::default());
    let client = server.client().header("user-agent", "owner");
    let other = server.client().header("user-agent", "other");
    let (mine, stolen) = (client.join(USER), client.login(USER));

    let with_key = |client: &auth_end_to_end::Client| {
        let client = client.header("idempotency-key", KEY);
        client
            .refresh(&mine.refresh)
            .expect(200)
            .text("refresh_token")
    };
    let next = with_key(&client);
    assert_eq!(with_key(&other), next);
    client.refresh(&next).expect(200);

    let next = client
        .refresh(&stolen.refresh)
        .expect(200)
        .text("refresh_token");
    other
        .refresh(&stolen.refresh)
        .expect_problem(400, "invalid-grant");
    client.refresh(&next).expect_problem(400, "invalid-grant");
    let metrics = server.metrics();
    for event in ["refresh-replayed", "refresh-replay-refused"] {
        let counter = format!("countersign_events_total{{event=\"{event}\"}} 1");
        assert!(metrics.contains(&counter), "{metrics}");
    }
}

#[test]
fn a_malformed_idempotency_key_is_named_and_changes_nothing() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let session = client.join(USER);
    for (key, code) in [
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "not-a-string"),
        ("\"short\"", "too-short"),
        (&format!("\"{}\"", "k".repeat(256)), "too-long"),
    ] {
        let refused = client
            .header("idempotency-key", key)
            .refresh(&session.refresh)
            .expect_problem(422, "invalid-request");
        let error = &refused.json()["errors"][0];
        assert_eq!(error["header"], "Idempotency-Key");
        assert_eq!(error["code"], code);
    }
    client.refresh(&session.refresh).expect(200);
}

#[test]
fn once_the_successor_was_used_a_replay_ends_the_family() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let first = client.join(USER);
    let second = client
        .refresh(&first.refresh)
        .expect(200)
        .text("refresh_token");
    let third = client.refresh(&second).expect(200).text("refresh_token");
    client
        .refresh(&first.refresh)
        .expect_problem(400, "invalid-grant");
    let dead = client.refresh(&third).expect_problem(400, "invalid-grant");
    assert_eq!(dead.json()["error"], "invalid_grant");
    first
        .client
        .get("/v1/me")
        .expect_problem(401, "invalid-token");
}

#[test]
fn without_a_grace_the_second_use_ends_the_family_and_is_logged() {
    let policy = format!("{QUICK_POLICY}[session]\ngrace_seconds = 0\n");
    let server = Server::start(&Options::default().policy(&policy));
    let client = server.client();
    let (stolen, bystander) = (client.join(USER), client.login(USER));
    let second = client
        .refresh(&stolen.refresh)
        .expect(200)
        .text("refresh_token");
    client
        .refresh(&stolen.refresh)
        .expect_problem(400, "invalid-grant");
    client.refresh(&second).expect_problem(400, "invalid-grant");
    client.refresh(&bystander.refresh).expect(200);
    let log = server.log();
    assert!(log.to_lowercase().contains("reuse"), "{log}");
    for token in [&stolen.refresh, &second, &bystander.refresh] {
        assert!(!log.contains(token.as_str()));
    }
}

#[test]
fn what_is_no_refresh_token_is_refused_alike() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let session = client.join(USER);
    let altered = format!("{}A", session.refresh);
    let device = session.device.unwrap();
    for token in [
        "",
        "x",
        &altered,
        &device,
        &session.access,
        &"x".repeat(10_000),
    ] {
        client.refresh(token).expect_problem(400, "invalid-grant");
    }
    client.refresh(&session.refresh).expect(200);
}
