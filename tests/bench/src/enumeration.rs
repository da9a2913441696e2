//! Whether the time of a refused login reveals that an account exists.

use std::time::Instant;

use anyhow::Result;
use auth_end_to_end::{Options, Server};
use serde_json::json;
use tempfile::TempDir;

use crate::measure::median;
use crate::report::report;

/// How many samples of each kind are taken. All failures together stay below the highest limit that a
/// policy can set for a source.
const SAMPLES: usize = 400;
/// How many addresses take turns, so that each has fewer failures in a row than the cap of the policy
/// lets a stranger make.
const ADDRESSES: usize = 20;
/// How many samples are taken of a hash that costs less than the policy's.
const SAMPLES_OF_COST: usize = 60;
const WRONG: &str = "not the password at all";
/// Blocks an address at its first failure, and the source never.
const BLOCKING: &str = "[throttle.account]
failures = 1
block_seconds = 86400
max_block_seconds = 86400
[throttle.source]
failures = 1000
";
/// A device token that is well formed and none that the service issued.
const TOKEN: &str =
    "csd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Measures with the default hash and a throttle that never blocks this one source; then after the
/// cost of a hash was raised; and last with a throttle that blocks every address.
pub fn run() -> Result<()> {
    let data = TempDir::new()?;
    let server = Server::start(&never_blocking("").data(data.path()));
    let client = server.client();
    for number in 0..ADDRESSES {
        client.register(&address("known", number)).expect(202);
    }
    compare("wrong password, unknown address", SAMPLES, |email| {
        client.try_login(email, WRONG).expect(401);
    });
    drop(server);

    let dearer = never_blocking("[hashing]\nbcrypt_cost = 13\n");
    let server = Server::start(&dearer.data(data.path()));
    let client = server.client();
    compare("hash of a lower cost, unknown", SAMPLES_OF_COST, |email| {
        client.try_login(email, WRONG).expect(401);
    });
    drop(server);

    let server = Server::start(&Options::default().policy(BLOCKING).data(data.path()));
    let client = server.client();
    for number in 0..ADDRESSES {
        for kind in ["known", "unknown"] {
            client.try_login(&address(kind, number), WRONG).expect(401);
        }
    }
    compare("blocked, known and unknown", SAMPLES, |email| {
        client.try_login(email, WRONG).expect(429);
    });
    compare("blocked, with a device token", SAMPLES, |email| {
        let body = json!({ "email": email, "password": WRONG, "device_token": TOKEN });
        client.post("/v1/login", &body).expect(429);
    });
    Ok(())
}

fn never_blocking(more: &str) -> Options {
    let counters = ["account_and_source", "account", "source", "registration"];
    let policy = counters.map(|counter| format!("[throttle.{counter}]\nfailures = 1000\n"));
    Options::default().policy(&[more, &policy.concat()].concat())
}

/// Measures refusals of known and unknown addresses in turn, and reports whether their times differ.
fn compare(what: &str, samples: usize, refused: impl Fn(&str)) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for round in 0..samples {
        // Each kind is measured first in half of the rounds.
        let mut kinds = [("known", &mut known), ("unknown", &mut unknown)];
        if round % 2 == 0 {
            kinds.reverse();
        }
        for (kind, times) in kinds {
            let email = address(kind, round % ADDRESSES);
            let start = Instant::now();
            refused(&email);
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    let p = mann_whitney(&known, &unknown);
    let (known, unknown) = (median(known), median(unknown));
    report(what, &format!("{known:.2} and {unknown:.2} ms"), "");
    let gap = (known - unknown).abs() / known * 100.0;
    report("gap of the medians", &format!("{gap:.2} %"), "under 5 %");
    report(
        "alike, by Mann-Whitney",
        &format!("p = {p:.3}"),
        "more than 0.01",
    );
}

fn address(kind: &str, number: usize) -> String {
    format!("{kind}-{number}@example.com")
}

/// The p-value of the two-sided Mann-Whitney U test: how probable a difference as great as that of
/// `a` and `b` is between samples of one distribution. It uses the normal approximation, which holds
/// for large samples without ties.
fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let mut ranked: Vec<_> = a.iter().map(|time| (*time, true)).collect();
    ranked.extend(b.iter().map(|time| (*time, false)));
    ranked.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let ranks = (1_u32..).zip(&ranked).filter(|(_, (_, of_a))| *of_a);
    let sum: f64 = ranks.map(|(rank, _)| f64::from(rank)).sum();
    let (n, m) = (a.len() as f64, b.len() as f64);
    let u = sum - n * (n + 1.0) / 2.0;
    let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
    let z = (u - n * m / 2.0) / deviation;
    2.0 * upper_tail(z.abs())
}

/// The upper tail of the standard normal distribution for `z` of 0 or more, to seven digits
/// (Abramowitz and Stegun, 26.2.17).
fn upper_tail(z: f64) -> f64 {
    const TERMS: [f64; 5] = [
        1.330274429,
        -1.821255978,
        1.781477937,
        -0.356563782,
        0.319381530,
    ];
    let t = 1.0 / (1.0 + 0.2316419 * z);
    let sum = TERMS.iter().fold(0.0, |sum, term| (sum + term) * t);
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_tables() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_3),
            (1.959_964, 0.025),
            (3.0, 0.001_349_9),
        ] {
            assert!((upper_tail(z) - tail).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn a_shift_is_found_and_a_mixture_is_not() {
        let even: Vec<_> = (0..500).map(|n| f64::from(2 * n)).collect();
        let odd: Vec<_> = (0..500).map(|n| f64::from(2 * n + 1)).collect();
        assert!(mann_whitney(&even, &odd) > 0.5);
        let later: Vec<_> = even.iter().map(|time| time + 150.0).collect();
        assert!(mann_whitney(&even, &later) < 0.001);
        assert!(mann_whitney(&later, &even) < 0.001);
    }
}
