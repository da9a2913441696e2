//! `bootstrap`: the REST surface of Countersign as an AWS Lambda function.
//!
//! It runs the router of `countersign serve` behind the events of API Gateway, of function URLs and of
//! load balancers. If Secrets Manager
//! or the database cannot be reached at the start, the function still accepts its first invocation,
//! answers 503 with `Retry-After`, and recovers without a restart.
//!
//! A function whose handler is `migrate` prepares the database instead, and answers no requests.

mod database;
mod host;
mod keys;
mod metrics;
mod migrate;
mod settings;
mod shutdown;
mod start;
mod token_head;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use tokio::runtime::{Builder, Runtime};

use settings::{FunctionSettings, MigrationSettings};

/// The variable with the name of the handler that the function is configured with.
const HANDLER: &str = "_HANDLER";
const MIGRATE: &str = "migrate";

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
    if env::var_os(HANDLER).is_some_and(|handler| handler == MIGRATE) {
        let settings = MigrationSettings::from_environment()?;
        auth_composition::start_logging(settings.log_level, settings.log_format);
        return runtime()?.block_on(migrate::serve(settings));
    }
    let settings = FunctionSettings::from_environment()?;
    auth_composition::start_logging(settings.log_level, settings.log_format);
    runtime()?.block_on(start::serve(settings, started))
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}
