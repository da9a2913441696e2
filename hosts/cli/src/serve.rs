//! `countersign serve`: runs the local server from start to shutdown.

mod announcement;
mod listener;
mod metrics;
mod setup_token;
mod start;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use auth_composition::settings::Environment;
use auth_composition::termination;
use listener::{Caps, Limits, Timeouts};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::environment;
use crate::failure::Outcome;
use crate::settings::ServerSettings;

/// Open files that are not connections: the store, keys, the database and the runtime.
const OTHER_FILES: u64 = 64;
/// The connections of the listener for metrics.
const METRICS_CONNECTIONS: Caps = Caps { all: 16, each: 16 };

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
    let limits = limits(settings);
    let mut upkeep = upkeep::start(&server.store, &server.keys);
    metrics::upkeep(recorder.clone(), &mut upkeep);
    let metrics = server
        .metrics
        .map(|socket| serve_metrics(socket, recorder, &limits, &mut upkeep));
    let metrics = metrics.transpose()?;
    let listener = listener::listen(server.socket)
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    announcement::print(&server.facts, metrics.as_deref());
    let stop = stop(signal, server.draining, drain_time(settings));
    listener::serve(listener, server.router, limits, stop).await;
    drop(upkeep);
    // Closing the store writes pending changes to the disk.
    server.store.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Waits for a signal to stop and then, for the time that balancers take to notice that the server is
/// no longer ready, for a second one.
async fn stop(
    signal: impl Future<Output = &'static str>,
    draining: Arc<AtomicBool>,
    time: Duration,
) {
    let signal = signal.await;
    draining.store(true, Ordering::Relaxed);
    if let (false, Ok(again)) = (time.is_zero(), termination()) {
        let seconds = time.as_secs();
        tracing::info!(
            signal,
            seconds,
            "draining: /readyz is 503, requests are answered"
        );
        let _ = timeout(time, again).await;
    }
    tracing::info!(signal, "stopping: open requests may end");
}

/// No balancer sends clients to a loopback address. On other addresses a balancer needs a moment, in which
/// its connections would be refused.
fn drain_time(settings: &ServerSettings) -> Duration {
    let local = settings.listen.ip().to_canonical().is_loopback();
    let default = if local { 0 } else { 5 };
    let seconds = settings.connections.drain_seconds.unwrap_or(default);
    Duration::from_secs(seconds.into())
}

/// Keeps keys out of core dumps. Outside development only root may look into the process
/// either, so that no debugger of the same user reads them; Linux alone can do that.
fn keep_out_of_core_dumps(environment: Environment) {
    if let Err(error) = rlimit::setrlimit(rlimit::Resource::CORE, 0, 0) {
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

/// What clients of the service may hold.
fn limits(settings: &ServerSettings) -> Limits {
    let connections = &settings.connections;
    let files = rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    let files = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    if files < connections.most {
        tracing::warn!(
            limit = files,
            "fewer connections than set can be open: the limit of open files is lower"
        );
    }
    Limits {
        timeouts: Timeouts {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(connections.idle_seconds.into()),
            write: Duration::from_secs(10),
            stream: Duration::from_secs(60),
            drain: Duration::from_secs(10),
        },
        caps: Caps {
            all: connections.most.min(files),
            each: connections.most_per_source,
        },
        trusted_proxies: settings.trusted_proxies.clone().into(),
    }
}

/// Serves metrics in one of the tasks, and returns the URL of the page.
fn serve_metrics(
    socket: TcpSocket,
    recorder: PrometheusHandle,
    limits: &Limits,
    tasks: &mut JoinSet<()>,
) -> Result<String> {
    let address = socket.local_addr()?;
    let listener = listener::listen(socket);
    let listener = listener.with_context(|| format!("cannot listen on {address} for metrics"))?;
    let limits = Limits {
        caps: METRICS_CONNECTIONS,
        ..limits.clone()
    };
    let router = metrics::router(recorder);
    tasks.spawn(listener::serve(
        listener,
        router,
        limits,
        std::future::pending(),
    ));
    Ok(format!("http://{address}/metrics"))
}

/// Raises the limit of open files. Each connection is an open file, and many systems allow 1024 by
/// default.
fn raise_file_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}
