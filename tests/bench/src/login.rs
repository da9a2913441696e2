//! Logins beside the bare hash function on the same cores, and the latency of other requests.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use auth_end_to_end::{Options, PASSWORD, Server};
use serde_json::json;

use crate::load::{get, post, sample, saturate};
use crate::measure::{median, quantile};
use crate::process::resident_mib;
use crate::report::report;

/// The default cost of the policy.
const COST: u32 = 12;
const CLIENTS: usize = 16;
/// How often the server and the bare function take turns.
const ROUNDS: usize = 3;
const TURN: Duration = Duration::from_secs(10);
/// The interval of requests to `/v1/me` while the logins run.
const PACE: Duration = Duration::from_millis(10);

pub fn run() -> Result<()> {
    let server = Server::start(&Options::default().policy(""));
    let (at_rest, _) = resident_mib(server.pid())?;
    let logins = members(&server);
    let owner = server.client().login(&email(0));
    let me = get("/v1/me", &owner.access);

    let (mut bare, mut served, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(hashes_a_second());
        let (rate, me) = thread::scope(|scope| {
            let me = scope.spawn(|| sample(server.address(), &me, PACE, TURN));
            let rate = saturate(server.address(), &logins, TURN);
            (rate, me.join().expect("a client does not panic"))
        });
        served.push(rate?);
        waits.extend(me?);
    }
    let (_, peak) = resident_mib(server.pid())?;
    let (bare, served) = (median(bare), median(served));
    report("bare bcrypt at cost 12", &format!("{bare:.2}/s"), "");
    let ratio = format!("{served:.2}/s = {:.3}x", served / bare);
    report("logins, 16 clients", &ratio, "at least 0.95x");
    let p99 = format!("{:.1} ms", quantile(waits, 0.99));
    report("/v1/me during logins, p99", &p99, "under 50 ms");
    let memory = format!("{at_rest:.1} and {peak:.1} MiB");
    report("memory, at rest and at most", &memory, "at most 60 MiB");
    Ok(())
}

fn email(client: usize) -> String {
    format!("client-{client}@example.com")
}

/// Registers one account for each client and returns the request that logs it in.
fn members(server: &Server) -> Vec<Vec<u8>> {
    let client = server.client();
    let login = |number| {
        let email = email(number);
        client.register(&email).expect(202);
        post(
            "/v1/login",
            &json!({ "email": email, "password": PASSWORD }),
        )
    };
    (0..CLIENTS).map(login).collect()
}

/// Hashes on as many threads as the server does.
fn hashes_a_second() -> f64 {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let start = Instant::now();
    let hashes: u32 = thread::scope(|scope| {
        let hashing: Vec<_> = (0..threads)
            .map(|_| scope.spawn(move || hash_until(start + TURN)))
            .collect();
        hashing
            .into_iter()
            .map(|thread| thread.join().expect("hashing does not panic"))
            .sum()
    });
    f64::from(hashes) / start.elapsed().as_secs_f64()
}

fn hash_until(end: Instant) -> u32 {
    let mut hashes = 0;
    while Instant::now() < end {
        std::hint::black_box(bcrypt::bcrypt(COST, [7; 16], PASSWORD.as_bytes()));
        hashes += 1;
    }
    hashes
}
