//! What the attackers of a siege do: requests of every kind, bodies that do not end, and answers that
//! nobody reads.

use std::collections::VecDeque;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use anyhow::Result;
use auth_end_to_end::PASSWORD;
use serde_json::json;

use crate::http2::Http2;
use crate::load::{Connection, post_for};

/// The requests that the attackers send in a second, together.
const RATE: u64 = 500;
/// The connections with whole requests: half of them speak HTTP/1.1, half HTTP/2.
const CONNECTIONS: u64 = 16;
/// The requests of one HTTP/2 connection that wait for their answers at one time.
const STREAMS: usize = 16;
/// Every so many requests, one is of a connection that is kept without an end to its body, or
/// without reading the answers.
const HELD_SHARE: u64 = 10;
/// The connections that are kept so at one time.
const HELD: usize = 200;
/// The answers that a connection asks for and does not read.
const UNREAD: usize = 64;

/// The attackers, and what they have sent so far.
pub struct Siege<'a> {
    address: &'a str,
    sources: u64,
    sent: AtomicU64,
    is_over: AtomicBool,
}

impl<'a> Siege<'a> {
    /// Attackers of the server at `address`, who come from as many sources.
    pub fn new(address: &'a str, sources: u64) -> Self {
        let (sent, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        Self {
            address,
            sources,
            sent,
            is_over,
        }
    }

    /// Begins the attack on threads of `scope`, which run until [`Siege::end`].
    pub fn begin<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        for number in 0..CONNECTIONS {
            scope.spawn(move || self.ask(number));
        }
        scope.spawn(|| self.hold());
    }

    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// How many requests were begun.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::SeqCst)
    }

    fn source(&self, number: u64) -> String {
        format!("198.51.100.{}", number % self.sources)
    }

    /// One connection with whole requests. It is opened anew when the server ends it.
    fn ask(&self, connection: u64) {
        let whole = RATE - RATE / HELD_SHARE;
        let pace = Duration::from_secs(CONNECTIONS) / u32::try_from(whole).unwrap_or(u32::MAX);
        let mut number = connection;
        let mut due = Instant::now();
        let mut next = move || {
            number += CONNECTIONS;
            due += pace;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            number
        };
        while self.goes_on() {
            let ended = match connection.is_multiple_of(2) {
                true => self.ask_over_http1(&mut next),
                false => self.ask_over_http2(&mut next),
            };
            // What ends a connection of an attacker is no failure of the benchmark.
            drop(ended);
        }
    }

    fn ask_over_http1(&self, next: &mut impl FnMut() -> u64) -> Result<()> {
        let mut connection = Connection::open(self.address)?;
        while self.goes_on() {
            let number = next();
            let (path, body) = request(number);
            self.sent.fetch_add(1, Ordering::SeqCst);
            connection.ask(&post_for(&self.source(number / CONNECTIONS), path, &body))?;
        }
        Ok(())
    }

    fn ask_over_http2(&self, next: &mut impl FnMut() -> u64) -> Result<()> {
        let mut connection = Http2::open(self.address)?;
        while self.goes_on() {
            let number = next();
            let (path, body) = request(number);
            self.sent.fetch_add(1, Ordering::SeqCst);
            let source = self.source(number / CONNECTIONS);
            connection.post(path, &source, body.to_string().as_bytes())?;
            while connection.unanswered() >= STREAMS {
                connection.read_frame()?;
            }
        }
        Ok(())
    }

    /// Opens connections that withhold the end of a body, or that read no answers, and keeps them.
    fn hold(&self) {
        let pace = Duration::from_secs(HELD_SHARE) / u32::try_from(RATE).unwrap_or(u32::MAX);
        let mut held = VecDeque::new();
        for number in 0.. {
            thread::sleep(pace);
            if !self.goes_on() {
                return;
            }
            self.sent.fetch_add(1, Ordering::SeqCst);
            // A server that refuses the connection has defended itself.
            held.extend(self.hold_one(number));
            if held.len() > HELD {
                held.pop_front();
            }
        }
    }

    fn hold_one(&self, number: u64) -> Result<TcpStream> {
        let source = self.source(number / 2);
        let sent = if number.is_multiple_of(2) {
            let (path, body) = request(number);
            let mut request = post_for(&source, path, &body);
            request.pop();
            request
        } else {
            let request = format!(
                "GET /openapi.json HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: {source}\r\n\r\n"
            );
            request.repeat(UNREAD).into()
        };
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_write_timeout(Some(Duration::from_millis(10)))?;
        stream.write_all(&sent)?;
        Ok(stream)
    }
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
