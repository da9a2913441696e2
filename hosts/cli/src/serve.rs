//! `countersign serve`: runs the local server from start to shutdown.

mod announcement;
mod setup_token;
mod start;
mod upkeep;

use anyhow::Context;
use auth_composition::settings::Environment;
use auth_composition::termination;

use crate::environment;
use crate::failure::Outcome;
use crate::metrics;
use crate::serving;
use crate::settings::ServerSettings;

/// Serves requests until SIGTERM or SIGINT.
///
/// # Errors
/// When a setting cannot be used, or the server cannot start.
pub fn run(settings: &ServerSettings) -> Outcome {
    serving::run(&settings.log, serve(settings))
}

async fn serve(settings: &ServerSettings) -> Outcome {
    let signal = termination().context("cannot wait for signals")?;
    let environment = environment::of_server(settings)?;
    keep_out_of_core_dumps(environment);
    let recorder = metrics::start()?;
    let server = start::start(settings, environment).await?;
    if environment == Environment::Development {
        tracing::warn!(
            "for development: examples of keys, an issuer without TLS and a database without TLS \
             pass here, and do not with ENVIRONMENT=production"
        );
    }
    let limits = serving::limits(&settings.connections, &settings.trusted_proxies);
    let mut upkeep = upkeep::start(&server.store, &server.keys);
    metrics::upkeep(recorder.clone(), &mut upkeep);
    let metrics = server
        .metrics
        .map(|socket| serving::serve_metrics(socket, recorder, &limits, &mut upkeep));
    let metrics = metrics.transpose()?;
    let listener = auth_listener::listen(server.socket)
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    announcement::print(&server.facts, metrics.as_deref());
    let time = serving::drain_time(settings.listen, &settings.connections);
    let stop = serving::stop(signal, server.draining, time);
    auth_listener::serve(listener, server.router, limits, stop).await;
    drop(upkeep);
    // Closing the store writes pending changes to the disk.
    server.store.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// The limit for core dumps, in bytes. Linux writes no dump of one byte, and with this very limit
/// hands none to a program either, which it would do with a limit of zero (`fs/coredump.c`).
const CORE_BYTES: u64 = 1;

/// Keeps keys out of core dumps. Outside development only root may look into the process
/// either, so that no debugger of the same user reads them; Linux alone can do that.
fn keep_out_of_core_dumps(environment: Environment) {
    let core = rlimit::Resource::CORE;
    let limited = core.get_hard().and_then(|hard| {
        let bytes = CORE_BYTES.min(hard);
        core.set(bytes, bytes)
    });
    if let Err(error) = limited {
        tracing::warn!(%error, "cannot switch core dumps off");
    }
    #[cfg(target_os = "linux")]
    if environment != Environment::Development {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "cannot keep the memory of this process from its user");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = environment;
}
