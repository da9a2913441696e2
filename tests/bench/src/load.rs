//! Sends load over kept-alive connections, as fast as the server answers or at a fixed rate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// A kept-alive connection. It does little work, because it shares the cores with the server.
pub struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    pub fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            body: Vec::new(),
        })
    }

    /// Sends a complete request and returns the body of the answer, whose status must be 200.
    pub fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        let status = self.ask(request)?;
        ensure!(status == 200, "an answer with status {status}");
        Ok(&self.body)
    }

    /// Sends a complete request and returns the status of the answer.
    pub fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.get_mut().write_all(request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3));
        let status = status.context("no status line")?.parse()?;
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.parse()?);
            }
        }
        self.body
            .resize(length.context("an answer of no stated length")?, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(status)
    }
}

/// A `GET` request of `path` with an access token.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n").into()
}

/// A `POST` request of JSON to `path`.
pub fn post(path: &str, body: &serde_json::Value) -> Vec<u8> {
    post_for("127.0.0.1", path, body)
}

/// A `POST` request of JSON to `path` as the proxy on this machine forwards it for `source`.
pub fn post_for(source: &str, path: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: {source}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into()
}

/// The answers per second when each request has a connection that repeats it for `time`.
pub fn saturate(address: &str, requests: &[Vec<u8>], time: Duration) -> Result<f64> {
    let start = Instant::now();
    let answers = thread::scope(|scope| {
        let clients: Vec<_> = requests
            .iter()
            .map(|request| scope.spawn(move || repeat(address, request, start + time)))
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().expect("a client does not panic"))
            .sum::<Result<u32>>()
    })?;
    Ok(f64::from(answers) / start.elapsed().as_secs_f64())
}

fn repeat(address: &str, request: &[u8], end: Instant) -> Result<u32> {
    let mut connection = Connection::open(address)?;
    let mut answers = 0;
    while Instant::now() < end {
        connection.exchange(request)?;
        answers += 1;
    }
    Ok(answers)
}

/// The milliseconds of each answer when one connection asks every `pace` for `time`. A late answer
/// does not shift the next request, whose time counts from when it was due.
pub fn sample(address: &str, request: &[u8], pace: Duration, time: Duration) -> Result<Vec<f64>> {
    let mut connection = Connection::open(address)?;
    let start = Instant::now();
    let mut due = start;
    let mut samples = Vec::new();
    while due < start + time {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        connection.exchange(request)?;
        samples.push(due.elapsed().as_secs_f64() * 1e3);
        due += pace;
    }
    Ok(samples)
}
