//! Nobody learns from an answer, or from its time, who has an account.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use auth_end_to_end::{Answer, Options, PASSWORD, QUICK_POLICY, Server};
use serde_json::json;

const WRONG: &str = "not the password at all";

/// All of an answer but what differs from request to request: the moment and the request's name.
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
        // Seconds that pass between the two.
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

/// So many logins of each kind in turn, so that whatever slows the machine slows both.
const SAMPLES: usize = 30;

const ATTEMPTS: usize = 3;

/// Far beyond the noise of a busy machine, far below the cost of a hash that was left out.
const TOLERANCE: f64 = 0.25;

#[test]
fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let mut policy = QUICK_POLICY.to_owned();
    for counter in ["account_and_source", "account", "source"] {
        policy += &format!("[throttle.{counter}]\nfailures = 1000\n");
    }
    let server = Server::start(&Options::default().policy(&policy));
    let client = server.client();
    client.register("known@example.com").expect(202);
    let time = |email: &str| {
        let begin = Instant::now();
        client.try_login(email, WRONG).expect(401);
        begin.elapsed()
    };
    // A busy machine may spoil one measurement; a hash that was left out spoils all.
    let ratios: Vec<f64> = (0..ATTEMPTS).map(|_| ratio(time)).collect();
    let alike = |ratio: &f64| (ratio - 1.0).abs() < TOLERANCE;
    assert!(ratios.iter().any(alike), "{ratios:?}");
}

fn ratio(time: impl Fn(&str) -> Duration) -> f64 {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        unknown.push(time("unknown@example.com"));
        known.push(time("known@example.com"));
    }
    median(unknown).as_secs_f64() / median(known).as_secs_f64()
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples[samples.len() / 2]
}
