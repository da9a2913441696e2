//! `bootstrap`: the REST surface of Countersign as an AWS Lambda function.
//!
//! It runs the router of `countersign serve` behind the events of API Gateway, of function URLs and of
//! load balancers. If Secrets Manager
//! or the database cannot be reached at the start, the function still accepts its first invocation,
//! answers 503 with `Retry-After`, and recovers without a restart.

mod database;
mod host;
mod keys;
mod metrics;
mod settings;
mod shutdown;
mod start;
mod token_head;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use settings::FunctionSettings;

fn main() -> ExitCode {
    let started = Instant::now();
    match run(started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Lambda logs what a function writes to standard error. A failed write cannot be
            // reported.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(started: Instant) -> Result<()> {
    let settings = FunctionSettings::from_environment()?;
    auth_composition::start_logging(settings.log_level, settings.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(start::serve(settings, started))
}
