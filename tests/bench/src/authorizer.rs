//! The authorizer for Lambda: its cold start, until it asks for its first event.

use std::env;

use anyhow::Result;
use auth_lambda_tests::Function;

use crate::measure::{median, quantile};
use crate::report::report;

const STARTS: usize = 20;
const ISSUER: &str = "https://www.example.com/auth";

/// Measures the authorizer, or reports that it needs the packaged one.
pub fn run() -> Result<()> {
    if env::var_os("COUNTERSIGN_TEST_AUTHORIZER").is_none() {
        report(
            "left out: it needs the authorizer",
            "",
            "see tests/bench/run",
        );
        return Ok(());
    }
    let starts = tokio::runtime::Runtime::new()?.block_on(starts());
    let worst = quantile(starts.clone(), 1.0);
    let value = format!("{:.1} (at most {worst:.1}) ms", median(starts));
    report("exec to first poll", &value, "at most 30 ms");
    Ok(())
}

/// The milliseconds of each of several cold starts.
async fn starts() -> Vec<f64> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let variables = [("COUNTERSIGN_ISSUER", ISSUER)];
        let start = Function::start_authorizer(&variables).await.cold_start();
        starts.push(start.as_secs_f64() * 1e3);
    }
    starts
}
