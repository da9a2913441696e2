//! The gateway: how many requests it judges, how soon, and with how much memory.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use auth_crypto::algorithm::Algorithm;
use auth_edge_tests::{AUDIENCE, ISSUER, TestIssuer, test_claims};
use auth_end_to_end::countersign;
use serde_json::json;
use tempfile::TempDir;

use crate::load::{get, sample, saturate};
use crate::measure::quantile;
use crate::process::{cpu_seconds, resident_mib};
use crate::report::report;

const CONNECTIONS: usize = 16;
const TURN: Duration = Duration::from_secs(5);

pub fn run() -> Result<()> {
    for (name, algorithm) in [("EdDSA", Algorithm::EdDsa), ("ES256", Algorithm::Es256)] {
        let folder = TempDir::new()?;
        let issuer = TestIssuer::new(algorithm, "a");
        let (mut gateway, address) = start(&folder, &issuer)?;
        let measured = measure(name, &issuer, gateway.id(), &address);
        gateway.kill()?;
        gateway.wait()?;
        measured?;
    }
    Ok(())
}

fn measure(name: &str, issuer: &TestIssuer, pid: u32, address: &str) -> Result<()> {
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let token = issuer.sign(&test_claims(ISSUER, AUDIENCE, now, &["user"]));
    let request = get("/ext-authz/articles/7", &token);
    let before = cpu_seconds(pid)?;
    let rate = saturate(address, &vec![request.clone(); CONNECTIONS], TURN)?;
    let judged = rate * TURN.as_secs_f64();
    let of_core = judged / (cpu_seconds(pid)? - before);
    report(
        &format!("{name}, for each second of a core"),
        &format!("{of_core:.0} requests"),
        "at least 15,000",
    );
    let times = at_half_load(address, &request, rate)?;
    let value = format!("{:.2} ms", quantile(times, 0.99));
    report(&format!("{name}, p99 at half load"), &value, "under 5 ms");
    let (_, peak) = resident_mib(pid)?;
    report(
        "memory at most",
        &format!("{peak:.1} MiB"),
        "at most 30 MiB",
    );
    Ok(())
}

/// The times of answers while all connections together ask half as often as the gateway can answer.
fn at_half_load(address: &str, request: &[u8], rate: f64) -> Result<Vec<f64>> {
    let pace = Duration::from_secs_f64(2.0 * CONNECTIONS as f64 / rate);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| sample(address, request, pace, TURN)))
            .collect();
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.join().expect("a client does not panic")?);
        }
        Ok(times)
    })
}

/// Starts a gateway with the key of this issuer, and returns its address.
fn start(folder: &TempDir, issuer: &TestIssuer) -> Result<(Child, String)> {
    let keys = folder.path().join("jwks.json");
    fs::write(&keys, json!({ "keys": [issuer.jwk()] }).to_string())?;
    let mut command = countersign();
    command
        .args([
            "gateway",
            "--listen",
            "127.0.0.1:0",
            "--metrics-listen",
            "off",
        ])
        .args(["--issuer", ISSUER, "--audience", AUDIENCE, "--jwks"])
        .arg(keys)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut gateway = command.spawn()?;
    let output = gateway.stdout.take().context("its output")?;
    let mut lines = BufReader::new(output).lines();
    let first = lines.next().context("it ended")??;
    let (_, address) = first.split_once("http://").context("no address")?;
    Ok((gateway, address.to_owned()))
}
