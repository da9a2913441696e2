//! `bootstrap`: the REST surface of Countersign as an AWS Lambda function.
//!
//! The same router as that of `countersign serve`, behind the events of API Gateway. What the function
//! reads from elsewhere may be away when it starts: it reaches its first invocation all the same,
//! answers 503 with `Retry-After`, and recovers by itself.

mod database;
mod event;
mod host;
mod keys;
mod metrics;
mod payload;
mod service_path;
mod settings;
mod shutdown;
mod start;
mod token_head;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use settings::Settings;

fn main() -> ExitCode {
    let started = Instant::now();
    match run(started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Lambda keeps what a function writes; nobody is left to tell when this fails.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(started: Instant) -> Result<()> {
    let settings = Settings::from_environment()?;
    auth_composition::start_logging(settings.log_level, settings.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(start::serve(settings, started))
}
