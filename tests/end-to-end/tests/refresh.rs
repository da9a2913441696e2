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
