//! `countersign serve`: runs the local server from start to shutdown.

mod announcement;
mod listener;
mod metrics;
mod setup_token;
mod start;
mod upkeep;

use anyhow::Context;
use auth_composition::termination;
use listener::Timeouts;

use crate::failure::Outcome;
use crate::settings::ServerSettings;

/// Serves requests until SIGTERM or SIGINT.
///
/// # Errors
/// When a setting cannot be used, or the server cannot start.
pub fn run(settings: &ServerSettings) -> Outcome {
    settings.log.start();
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: &ServerSettings) -> Outcome {
    let stop = termination().context("cannot wait for signals")?;
    let stop = async {
        let signal = stop.await;
        tracing::info!(signal, "stopping: open requests may end");
    };
    let recorder = metrics::start()?;
    let server = start::start(settings, &recorder).await?;
    announcement::print(settings, &server);
    let mut upkeep = upkeep::start(&server.store, &server.keys);
    metrics::upkeep(recorder, &mut upkeep);
    listener::serve(server.listener, server.router, Timeouts::default(), stop).await;
    drop(upkeep);
    // Closing the store writes pending changes to the disk.
    server.store.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Raises the limit of open files. Each connection is an open file, and many systems allow 1024 by
/// default.
fn raise_file_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}
