//! Compares the binary that `make serve` runs with the released one.

use std::path::Path;
use std::time::Duration;
use std::{array, env};

use anyhow::{Context, Result};
use auth_end_to_end::{Options, PASSWORD, Server};
use serde_json::json;

use crate::load::{get, post_for, saturate};
use crate::measure::median;
use crate::report::report;

/// The environment variable with the path of the binary that `make serve` runs.
const VARIABLE: &str = "COUNTERSIGN_BENCH_QUICK_BINARY";
const CONNECTIONS: usize = 16;
const ROUNDS: usize = 7;
const TURN: Duration = Duration::from_secs(2);
const EMAIL: &str = "ada@example.com";
const KINDS: [&str; 3] = ["/healthz", "/v1/me", "login, bcrypt at cost 12"];

pub fn run() -> Result<()> {
    let quick = env::var_os(VARIABLE).with_context(|| format!("{VARIABLE} is not set"))?;
    let options = Options::default().policy("");
    let options = options.argument("--environment").argument("development");
    let options = options.argument("--trusted-proxies").argument("127.0.0.1");
    let released = Target::start(&options);
    let quick = Target::start(&options.program(Path::new(&quick)));
    for (kind, name) in KINDS.iter().enumerate() {
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            fast.push(released.answers_a_second(kind)?);
            slow.push(quick.answers_a_second(kind)?);
        }
        let (fast, slow) = (median(fast), median(slow));
        let value = format!("{slow:.1} of {fast:.1}/s = {:.2}x", fast / slow);
        report(name, &value, "at most 1.3x");
    }
    Ok(())
}

/// A server, and the requests of all connections for each of the [`KINDS`].
struct Target {
    server: Server,
    requests: [[Vec<u8>; CONNECTIONS]; KINDS.len()],
}

impl Target {
    fn start(options: &Options) -> Self {
        let server = Server::start(options);
        server.client().register(EMAIL).expect(202);
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let all = |request: Vec<u8>| array::from_fn(|_| request.clone());
        // Of sources of their own, since one source may wait for a few hashes only.
        let login = |number| post_for(&format!("203.0.113.{number}"), "/v1/login", &body);
        // Of an account that does not log in meanwhile: logins end its oldest sessions.
        let owner = server.client().join("bob@example.com");
        let requests = [
            all(get(KINDS[0], "")),
            all(get(KINDS[1], &owner.access)),
            array::from_fn(login),
        ];
        Self { server, requests }
    }

    fn answers_a_second(&self, kind: usize) -> Result<f64> {
        saturate(self.server.address(), &self.requests[kind], TURN)
    }
}
