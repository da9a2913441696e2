//! Answers of a server that must hash more passwords than it can.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use auth_end_to_end::{Options, Server};

const CLIENTS: usize = 24;
const ROUNDS: usize = 4;

/// The server has the default hash, which takes several hundred milliseconds.
#[test]
fn a_full_hash_queue_is_said_at_once_and_stops_nothing_else() {
    let policy = "[throttle.registration]\nfailures = 1000\n";
    let options = Options::default().policy(policy).argument("--hash-queue");
    let server = Server::start(&options.argument("1"));
    let session = server.client().join("ada@example.com");
    let outcomes = Mutex::new(Vec::new());
    let mut others = Vec::new();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (server, outcomes) = (&server, &outcomes);
                scope.spawn(move || register(server, client, outcomes))
            })
            .collect();
        while !clients.iter().all(|client| client.is_finished()) {
            let start = Instant::now();
            session.client.get("/v1/me").expect(200);
            server.client().get("/healthz").expect(200);
            others.push(start.elapsed());
        }
    });

    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for (status, took) in outcomes.into_inner().expect("no client panicked") {
        if status == 202 {
            done.push(took);
        } else {
            refused.push(took);
        }
    }
    assert!(!done.is_empty() && !refused.is_empty());
    let hash = *done.iter().min().expect("one was done");
    let (refusal, other) = (median(refused), median(others));
    assert!(
        refusal < hash / 4,
        "refused in {refusal:?}, hashed in {hash:?}"
    );
    assert!(other < hash / 2, "others in {other:?}, hashed in {hash:?}");
}

/// Registers new addresses; each request is answered or refused at once.
fn register(server: &Server, client: usize, outcomes: &Mutex<Vec<(u16, Duration)>>) {
    for round in 0..ROUNDS {
        let start = Instant::now();
        let answer = server
            .client()
            .register(&format!("user-{client}-{round}@example.com"));
        let took = start.elapsed();
        let answer = match answer.status() {
            503 => answer.expect_problem(503, "busy"),
            _ => answer.expect(202),
        };
        if answer.status() == 503 {
            assert_eq!(answer.header("retry-after"), "1");
        }
        let mut outcomes = outcomes.lock().expect("no client panicked");
        outcomes.push((answer.status(), took));
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
