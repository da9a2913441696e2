//! Concurrent calls: exactly one of them succeeds, one account exists, and a revocation is final.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use auth_end_to_end::{Answer, Client, Options, QUICK_POLICY, Server};
use http::Method;

/// Makes this call in parallel on `times` threads.
fn together(times: usize, call: impl Fn() -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(times);
    let one = || {
        barrier.wait();
        call()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..times).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("an answer"))
            .collect()
    })
}

#[test]
fn fifty_refreshes_of_one_token_have_one_successor() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let session = client.join("bob@example.com");
    let answers = together(50, || client.refresh(&session.refresh));
    let successors: BTreeSet<_> = answers
        .into_iter()
        .map(|answer| answer.expect(200).text("refresh_token"))
        .collect();
    assert_eq!(successors.len(), 1);
    let successor = successors.first().unwrap();
    let next = client.session(&client.refresh(successor).expect(200));
    let sessions = next.client.get("/v1/me/sessions").expect(200).json();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
}

/// Logs in, then logs out and refreshes at the same moment.
fn race(client: &Client, email: &str) {
    let session = client.login(email);
    let barrier = Barrier::new(2);
    let refreshed = thread::scope(|scope| {
        let refresh = scope.spawn(|| {
            barrier.wait();
            client.refresh(&session.refresh)
        });
        barrier.wait();
        session.client.call(Method::POST, "/v1/logout").expect(204);
        refresh.join().expect("an answer")
    });
    let mut left = vec![session.refresh.clone()];
    if refreshed.status() == 200 {
        let next = client.session(&refreshed);
        next.client
            .get("/v1/me")
            .expect_problem(401, "invalid-token");
        left.push(next.refresh);
    } else {
        refreshed.expect_problem(400, "invalid-grant");
    }
    for token in left {
        client.refresh(&token).expect_problem(400, "invalid-grant");
    }
}

#[test]
fn a_thousand_logouts_racing_a_refresh_leave_nothing_alive() {
    const LANES: usize = 4;
    const ROUNDS: usize = 250;
    let server = Server::start(&Options::default());
    let client = server.client();
    thread::scope(|scope| {
        for lane in 0..LANES {
            let client = &client;
            scope.spawn(move || {
                let email = format!("user{lane}@example.com");
                client.register(&email).expect(202);
                for _ in 0..ROUNDS {
                    race(client, &email);
                }
                let last = client.login(&email);
                let sessions = last.client.get("/v1/me/sessions").expect(200).json();
                assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
            });
        }
    });
}

#[test]
fn a_hundred_registrations_of_one_address_make_one_account() {
    let policy = format!("{QUICK_POLICY}[registration]\nanswer = \"disclose\"\n");
    let options = Options::default().policy(&policy);
    // A quarter of the places is for registrations, and an eighth for one source.
    let server = Server::start(&options.argument("--hash-queue").argument("1000"));
    let admin = server.set_up("ada@example.com");
    let client = server.client();
    // A busy machine refuses some of them for a moment.
    let register = || loop {
        let answer = client.register("bob@example.com");
        if answer.status() != 503 {
            return answer;
        }
    };
    let answers = together(100, register);
    let (made, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|answer| answer.status() == 201);
    assert_eq!(made.len(), 1);
    for answer in refused {
        answer.expect_problem(409, "email-taken");
    }
    let found = admin.get("/v1/users?search=bob").expect(200).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["items"][0]["id"], made[0].json()["id"]);
}
