//! `authorizer`: a Lambda authorizer for REST and HTTP APIs of API Gateway.
//!
//! It needs no store and no secret: the public keys of the issuer, which it fetches, and the policy
//! with its routes, a file beside it in the zip.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use auth_authorizer::Authorizer;
use auth_composition::settings::{Host, Variables, key_location, table};
use auth_gate::Gate;
use auth_key_sets::Location;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

struct Settings {
    issuer: String,
    audience: String,
    jwks: Option<Location>,
    policy: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Lambda logs what a function writes to standard error. A failed write cannot be
            // reported.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let variables = Variables::of_process(Host::Authorizer);
    let level = variables.value(&table::LOG_LEVEL)?;
    auth_composition::start_logging(level, variables.value(&table::LOG_FORMAT)?);
    let settings = Settings {
        issuer: variables.value(&table::ISSUER)?,
        audience: variables.value(&table::AUDIENCE)?,
        jwks: variables.optional(&table::JWKS)?,
        policy: variables.optional(&table::POLICY)?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(&settings))
}

/// Answers events until Lambda ends the process.
async fn serve(settings: &Settings) -> Result<()> {
    let authorizer = Arc::new(Authorizer::new(gate(settings)?));
    let fetching = Arc::clone(&authorizer);
    // The first event may arrive before the keys do, and waits for the same fetch.
    tokio::spawn(async move { fetching.gate().keys().prepare().await });
    let answer = move |event: LambdaEvent<Value>| {
        let authorizer = Arc::clone(&authorizer);
        async move { authorizer.answer(&event.payload).await }
    };
    let ended = lambda_runtime::run_concurrent(service_fn(answer)).await;
    ended
        .map_err(|error| anyhow!(error))
        .context("Lambda does not answer")
}

fn gate(settings: &Settings) -> Result<Gate> {
    let Settings {
        issuer,
        audience,
        jwks,
        policy,
    } = settings;
    let keys = key_location(jwks.as_ref(), issuer)?;
    auth_composition::gate(issuer, audience, &keys, policy.as_deref())
}
