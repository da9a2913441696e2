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
/// hands none to a program either, which it does with a limit of zero (`fs/coredump.c`).
const CORE_BYTES: u64 = 1;

/// Keeps keys out of core dumps. Outside development only root may look into the process
/// either, so that no debugger of the same user reads them; Linux alone can do that.
fn keep_out_of_core_dumps(environment: Environment) {
    let core = rlimit::Resource::CORE;
    let limited = core.set(CORE_BYTES, CORE_BYTES);
    #[cfg(target_os = "linux")]
    // A user may not raise a hard limit of zero. A process that is not dumpable is not dumped at all.
    if environment != Environment::Development || limited.is_err() {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "cannot keep the memory of this process from its user");
        }
    }
    #[cfg(not(target_os = "linux"))]
    if let (_, Err(error)) = (environment, limited.or_else(|_| core.set(0, 0))) {
        tracing::warn!(%error, "cannot switch core dumps off");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior, set_dumpable_behavior};

    use super::*;

    fn state() -> ((u64, u64), DumpableBehavior) {
        let limits = rlimit::Resource::CORE.get().unwrap();
        (limits, dumpable_behavior().unwrap())
    }

    #[test]
    fn no_dump_is_written_and_outside_development_no_debugger_of_the_user_attaches() {
        use DumpableBehavior::{Dumpable, NotDumpable};
        // Root may raise a hard limit of zero, and other users may not.
        let no_dump = [((1, 1), Dumpable), ((0, 0), NotDumpable)];
        keep_out_of_core_dumps(Environment::Development);
        assert!(no_dump.contains(&state()), "{:?}", state());
        for environment in [Environment::Staging, Environment::Production] {
            set_dumpable_behavior(Dumpable).unwrap();
            keep_out_of_core_dumps(environment);
            assert_eq!(state().1, NotDumpable);
        }
        set_dumpable_behavior(Dumpable).unwrap();
        rlimit::Resource::CORE.set(0, 0).unwrap();
        keep_out_of_core_dumps(Environment::Development);
        assert!(no_dump.contains(&state()), "{:?}", state());
        set_dumpable_behavior(Dumpable).unwrap();
    }
}
