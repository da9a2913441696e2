//! `countersign serve`: the local server, from its settings to its last answer.

mod announcement;
mod listener;
mod metrics;
mod setup_token;
mod start;
mod upkeep;

use std::io;

use anyhow::Context;
use listener::Patience;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Outcome;
use crate::settings::ServeSettings;

/// Serves until a signal says that it is enough.
///
/// # Errors
/// When a setting is bad, or the server cannot start.
pub fn run(settings: &ServeSettings) -> Outcome {
    settings.log.start();
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: &ServeSettings) -> Outcome {
    let stop = stop_signal().context("cannot wait for signals")?;
    let numbers = metrics::start()?;
    let server = start::start(settings, &numbers).await?;
    announcement::print(settings, &server);
    let mut upkeep = upkeep::start(&server.store, &server.keys);
    metrics::upkeep(numbers, &mut upkeep);
    listener::serve(server.listener, server.router, Patience::default(), stop).await;
    drop(upkeep);
    // The last writes reach the disk.
    server.store.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// What ends the server well.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping: open requests may end");
    })
}

/// Every connection is an open file, and many systems begin with 1024.
fn raise_file_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}
