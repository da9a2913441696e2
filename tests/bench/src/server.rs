//! The server as a whole: the time of its start, and its rate of small requests.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use auth_end_to_end::{Options, Server, countersign};
use tempfile::TempDir;

use crate::load::{Connection, get, saturate};
use crate::measure::{median, quantile};
use crate::process::resident_mib;
use crate::report::report;

const STARTS: usize = 20;
const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_secs(4);

pub fn run() -> Result<()> {
    let starts = (0..STARTS)
        .map(|_| first_answer())
        .collect::<Result<Vec<_>>>()?;
    let worst = quantile(starts.clone(), 1.0);
    let value = format!("{:.1} (at most {worst:.1}) ms", median(starts));
    report("exec to first answer, new data", &value, "at most 150 ms");
    small_requests()
}

fn small_requests() -> Result<()> {
    let server = Server::start(&Options::default().policy(""));
    let owner = server.client().join("ada@example.com");
    let (at_rest, _) = resident_mib(server.pid())?;
    for path in ["/healthz", "/v1/me"] {
        let requests = vec![get(path, &owner.access); CONNECTIONS];
        let rates = (0..ROUNDS).map(|_| saturate(server.address(), &requests, TURN));
        let rate = median(rates.collect::<Result<_>>()?);
        report(
            &format!("{path}, 16 connections"),
            &format!("{rate:.0}/s"),
            "",
        );
    }
    let (_, peak) = resident_mib(server.pid())?;
    let memory = format!("{at_rest:.1} and {peak:.1} MiB");
    report("memory, at rest and at most", &memory, "at most 60 MiB");
    Ok(())
}

/// The milliseconds from the start of a process without data to its first answer.
fn first_answer() -> Result<f64> {
    let data = TempDir::new()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let mut command = countersign();
    command
        .args(["serve", "--listen", &address, "--data-dir"])
        .arg(data.path().join("data"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let mut process = command.spawn()?;
    let answered = wait_for_answer(&address, start);
    process.kill()?;
    process.wait()?;
    answered
}

fn wait_for_answer(address: &str, start: Instant) -> Result<f64> {
    loop {
        match TcpStream::connect(address) {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                ensure!(
                    start.elapsed() < Duration::from_secs(10),
                    "no server at {address}"
                );
                thread::sleep(Duration::from_micros(500));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Connection::open(address)?.exchange(b"GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n")?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
