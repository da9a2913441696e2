//! Logins and other requests of many clients while one source, or twenty, send all that they can.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use auth_end_to_end::{Options, PASSWORD, Server};
use serde_json::json;

use crate::http2::Http2;
use crate::load::{Connection, get, post_for, sample};
use crate::measure::quantile;
use crate::process::resident_mib;
use crate::report::report;

/// The requests that the attackers send in a second, together.
const RATE: u64 = 500;
/// The connections of the attackers: half of them speak HTTP/1.1, half HTTP/2.
const CONNECTIONS: u64 = 16;
/// The requests of one HTTP/2 connection that wait for their answers at one time.
const STREAMS: usize = 16;
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

    let (is_over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let (in_time, waits) = thread::scope(|scope| {
        for number in 0..CONNECTIONS {
            let (address, sent, is_over) = (server.address(), &sent, &is_over);
            scope.spawn(move || attack(address, number, sources, sent, is_over));
        }
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
        is_over.store(true, Ordering::SeqCst);
        (in_time, waits)
    });
    let (_, peak) = resident_mib(server.pid())?;

    let what = format!("{sources} sources, registration {limits}");
    let rate = sent.into_inner() as f64 / TURN.as_secs_f64();
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

/// One connection of the attackers. It is opened anew when the server ends it.
fn attack(address: &str, connection: u64, sources: u64, sent: &AtomicU64, is_over: &AtomicBool) {
    let pace = Duration::from_secs(CONNECTIONS) / u32::try_from(RATE).unwrap_or(u32::MAX);
    let mut number = connection;
    let mut due = Instant::now();
    let mut next = move || {
        number += CONNECTIONS;
        due += pace;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        (
            number,
            format!("198.51.100.{}", number / CONNECTIONS % sources),
        )
    };
    while !is_over.load(Ordering::SeqCst) {
        let ended = if connection.is_multiple_of(2) {
            over_http1(address, &mut next, sent, is_over)
        } else {
            over_http2(address, &mut next, sent, is_over)
        };
        // What ends a connection of an attacker is no failure of the benchmark.
        drop(ended);
    }
}

fn over_http1(
    address: &str,
    next: &mut impl FnMut() -> (u64, String),
    sent: &AtomicU64,
    is_over: &AtomicBool,
) -> Result<()> {
    let mut connection = Connection::open(address)?;
    while !is_over.load(Ordering::SeqCst) {
        let (number, source) = next();
        let (path, body) = request(number);
        sent.fetch_add(1, Ordering::SeqCst);
        connection.ask(&post_for(&source, path, &body))?;
    }
    Ok(())
}

fn over_http2(
    address: &str,
    next: &mut impl FnMut() -> (u64, String),
    sent: &AtomicU64,
    is_over: &AtomicBool,
) -> Result<()> {
    let mut connection = Http2::open(address)?;
    while !is_over.load(Ordering::SeqCst) {
        let (number, source) = next();
        let (path, body) = request(number);
        sent.fetch_add(1, Ordering::SeqCst);
        connection.post(path, &source, body.to_string().as_bytes())?;
        while connection.unanswered() >= STREAMS {
            connection.read_frame()?;
        }
    }
    Ok(())
}

/// The requests that the attackers send in turn.
fn request(number: u64) -> (&'static str, serde_json::Value) {
    let email = format!("attacker-{number}@example.com");
    match number % 3 {
        0 => (
            "/v1/register",
            json!({ "email": email, "password": PASSWORD }),
        ),
        1 => (
            "/v1/login",
            json!({ "email": email, "password": "a wrong guess" }),
        ),
        _ => (
            "/v1/token/refresh",
            json!({ "refresh_token": "csr_of-nobody" }),
        ),
    }
}
