//! Logins beside the bare hash function on the same cores, and the latency of other requests.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use argon2::{Argon2, Block};
use auth_end_to_end::{Options, PASSWORD, Server};
use serde_json::json;

use crate::load::{Connection, get, post_for, sample, saturate};
use crate::measure::{median, quantile};
use crate::process::resident_mib;
use crate::report::report;

/// The default cost of the policy.
const COST: u32 = 12;
const CLIENTS: usize = 16;
/// How often the server and the bare function take turns.
const ROUNDS: usize = 3;
const TURN: Duration = Duration::from_secs(10);
/// How often a login alone and the bare function take turns.
const ALONE: usize = 20;
/// The interval of requests to `/v1/me` while the logins run.
const PACE: Duration = Duration::from_millis(10);

/// What one scheme is measured against, and what it is to reach.
struct Scheme {
    policy: &'static str,
    name: &'static str,
    bare: fn(),
    rate: &'static str,
    alone: &'static str,
    memory: &'static str,
}

const SCHEMES: [Scheme; 2] = [
    Scheme {
        policy: "",
        name: "bcrypt",
        bare: bare_bcrypt,
        rate: "at least 2.0x",
        alone: "at most 1.1x",
        memory: "at most 60 MiB",
    },
    Scheme {
        policy: "[hashing]\nscheme = \"argon2id\"\n",
        name: "Argon2id",
        bare: bare_argon2id,
        rate: "at least 1.2x",
        alone: "",
        memory: "38 MiB a core, and 60 MiB",
    },
];

fn bare_bcrypt() {
    std::hint::black_box(bcrypt::bcrypt(COST, [7; 16], PASSWORD.as_bytes()));
}

/// With the default cost of the policy, which is that of the crate, and fresh memory.
fn bare_argon2id() {
    let mut digest = [0; 32];
    let hashed = Argon2::default().hash_password_into(PASSWORD.as_bytes(), &[7; 16], &mut digest);
    hashed.expect("the default cost is valid");
    std::hint::black_box(digest);
}

pub fn run() -> Result<()> {
    SCHEMES.iter().try_for_each(measure)?;
    kept_memory();
    Ok(())
}

/// What Argon2id gains by memory that is kept and wiped instead of allocated anew.
fn kept_memory() {
    let hashing = Argon2::default();
    let mut blocks = vec![Block::new(); hashing.params().block_count()];
    let (mut fresh, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..ALONE * 2 {
        let start = Instant::now();
        bare_argon2id();
        fresh.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let mut digest = [0; 32];
        let (password, salt) = (PASSWORD.as_bytes(), &[7; 16]);
        let hashed =
            hashing.hash_password_into_with_memory(password, salt, &mut digest, &mut blocks);
        hashed.expect("the default cost is valid");
        blocks.fill(Block::new());
        std::hint::black_box((digest, &blocks));
        kept.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let (fresh, kept) = (median(fresh), median(kept));
    let value = format!("{kept:.1} of {fresh:.1} ms = {:.3}x", kept / fresh);
    report("bare Argon2id, memory kept and wiped", &value, "");
}

fn measure(scheme: &Scheme) -> Result<()> {
    let options = Options::default().policy(scheme.policy);
    let options = options.argument("--environment").argument("development");
    let server = Server::start(&options.argument("--trusted-proxies").argument("127.0.0.1"));
    let (at_rest, _) = resident_mib(server.pid())?;
    let logins = members(&server);
    // Of an account that does not log in meanwhile: logins end its oldest sessions.
    let owner = server.client().join("owner@example.com");
    let me = get("/v1/me", &owner.access);

    let (bare_alone, alone) = one_alone(scheme, &server, &logins[0])?;
    let (mut bare, mut served, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(hashes_a_second(scheme.bare));
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
    let name = scheme.name;
    report(&format!("bare {name}"), &format!("{bare:.2}/s"), "");
    let ratio = format!("{served:.2}/s = {:.3}x", served / bare);
    report(&format!("{name} logins, 16 clients"), &ratio, scheme.rate);
    let ratio = format!("{alone:.1} ms = {:.3}x", alone / bare_alone);
    report(&format!("one {name} login alone"), &ratio, scheme.alone);
    let p99 = format!("{:.1} ms", quantile(waits, 0.99));
    report("/v1/me during logins, p99", &p99, "under 50 ms");
    let memory = format!("{at_rest:.1} and {peak:.1} MiB");
    report("memory, at rest and at most", &memory, scheme.memory);
    Ok(())
}

/// The milliseconds of the bare function and of a login, each alone on the machine.
fn one_alone(scheme: &Scheme, server: &Server, login: &[u8]) -> Result<(f64, f64)> {
    let mut connection = Connection::open(server.address())?;
    let (mut bare, mut served) = (Vec::new(), Vec::new());
    for _ in 0..ALONE {
        let start = Instant::now();
        (scheme.bare)();
        bare.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        connection.exchange(login)?;
        served.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok((median(bare), median(served)))
}

fn email(client: usize) -> String {
    format!("client-{client}@example.com")
}

/// Registers one account for each client and returns the request that logs it in. Each client has a
/// source of its own.
fn members(server: &Server) -> Vec<Vec<u8>> {
    let login = |number| {
        let (email, source) = (email(number), format!("203.0.113.{number}"));
        let client = server.client().header("x-forwarded-for", &source);
        client.register(&email).expect(202);
        let body = json!({ "email": email, "password": PASSWORD });
        post_for(&source, "/v1/login", &body)
    };
    (0..CLIENTS).map(login).collect()
}

/// Hashes on as many threads as the server does.
fn hashes_a_second(hash: fn()) -> f64 {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let start = Instant::now();
    let hashes: u32 = thread::scope(|scope| {
        let hashing: Vec<_> = (0..threads)
            .map(|_| scope.spawn(move || hash_until(hash, start + TURN)))
            .collect();
        hashing
            .into_iter()
            .map(|thread| thread.join().expect("hashing does not panic"))
            .sum()
    });
    f64::from(hashes) / start.elapsed().as_secs_f64()
}

fn hash_until(hash: fn(), end: Instant) -> u32 {
    let mut hashes = 0;
    while Instant::now() < end {
        hash();
        hashes += 1;
    }
    hashes
}
