//! Logins and other requests of many clients while one source, or twenty, send all that they can.

mod attack;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use auth_end_to_end::{Options, PASSWORD, Server};
use serde_json::json;

use crate::load::{Connection, get, post_for, sample};
use crate::measure::quantile;
use crate::process::resident_mib;
use crate::report::report;
use attack::Siege;

/// The clients from elsewhere, each with a source of its own.
const CLIENTS: usize = 16;
/// How often each of them logs in.
const EVERY: Duration = Duration::from_secs(2);
/// An answer that comes later is none.
const PATIENCE: Duration = Duration::from_secs(3);
const TURN: Duration = Duration::from_secs(20);
const PACE: Duration = Duration::from_millis(10);

pub fn run() -> Result<()> {
    let policy = "[throttle.registration]\nfailures = 1000\n";
    for (policy, limits) in [("", "limited"), (policy, "free")] {
        for (sources, share) in [(1, "at least 90 %"), (20, "at least 50 %")] {
            siege(policy, limits, sources, share)?;
        }
    }
    Ok(())
}

fn siege(policy: &str, limits: &str, sources: u64, share: &str) -> Result<()> {
    let options = Options::default().policy(policy);
    let options = options.argument("--environment").argument("development");
    let server = Server::start(&options.argument("--trusted-proxies").argument("127.0.0.1"));
    let logins: Vec<_> = (0..CLIENTS).map(|number| member(&server, number)).collect();
    // Of an account that does not log in meanwhile: logins end its oldest sessions.
    let owner = server.client().join("owner@example.com");
    let me = get("/v1/me", &owner.access);

    let attackers = Siege::new(server.address(), sources);
    let (in_time, waits) = thread::scope(|scope| {
        attackers.begin(scope);
        let me = scope.spawn(|| sample(server.address(), &me, PACE, TURN));
        let clients: Vec<_> = logins
            .iter()
            .map(|login| scope.spawn(|| log_in_again_and_again(server.address(), login)))
            .collect();
        let in_time = clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client does not panic"));
        let in_time: Vec<bool> = in_time.collect();
        let waits = me.join().expect("a client does not panic");
        attackers.end();
        (in_time, waits)
    });
    let (_, peak) = resident_mib(server.pid())?;

    let what = format!("{sources} sources, registration {limits}");
    let rate = attackers.sent() as f64 / TURN.as_secs_f64();
    report(&what, &format!("{rate:.0} requests/s"), "500 requests/s");
    let done = in_time.iter().filter(|done| **done).count();
    let value = format!(
        "{done} of {} = {} %",
        in_time.len(),
        done * 100 / in_time.len()
    );
    report("logins from elsewhere within 3 s", &value, share);
    let p99 = format!("{:.1} ms", quantile(waits?, 0.99));
    report("/v1/me during the siege, p99", &p99, "under 50 ms");
    report(
        "memory at most",
        &format!("{peak:.1} MiB"),
        "at most 150 MiB",
    );
    Ok(())
}

/// Registers a client and returns the request that logs it in.
fn member(server: &Server, number: usize) -> Vec<u8> {
    let (email, source) = (
        format!("client-{number}@example.com"),
        format!("203.0.113.{number}"),
    );
    let client = server.client().header("x-forwarded-for", &source);
    client.register(&email).expect(202);
    let body = json!({ "email": email, "password": PASSWORD });
    post_for(&source, "/v1/login", &body)
}

/// Whether each login was answered in time. A refusal counts as none, and is not repeated.
fn log_in_again_and_again(address: &str, login: &[u8]) -> Vec<bool> {
    let start = Instant::now();
    let mut outcomes = Vec::new();
    while start.elapsed() < TURN {
        let begun = Instant::now();
        let status = Connection::open(address).and_then(|mut connection| connection.ask(login));
        outcomes.push(status.is_ok_and(|status| status == 200) && begun.elapsed() <= PATIENCE);
        thread::sleep(EVERY.saturating_sub(begun.elapsed()));
    }
    outcomes
}
