//! What the server and the gateway have in common: what clients may hold, metrics, and the way to an end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use auth_composition::termination;
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::Outcome;
use crate::metrics;
use crate::settings::{ConnectionSettings, LogSettings};
use auth_listener::{Caps, Limits, Timeouts};

/// Open files that are not connections: the store, keys, the database and the runtime.
const OTHER_FILES: u64 = 64;
/// The connections of the listener for metrics.
const METRICS_CONNECTIONS: Caps = Caps { all: 16, each: 16 };

/// Runs a host to its end, with its log and as many open files as the system allows.
///
/// # Errors
/// When the threads cannot be started, or the host fails.
pub fn run(log: &LogSettings, host: impl Future<Output = Outcome>) -> Outcome {
    log.start();
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(host)
}

/// Waits for a signal to stop and then, for the time that balancers take to notice that the server is
/// no longer ready, for a second one.
pub async fn stop(
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
pub fn drain_time(listen: SocketAddr, connections: &ConnectionSettings) -> Duration {
    let local = listen.ip().to_canonical().is_loopback();
    let default = if local { 0 } else { 5 };
    let seconds = connections.drain_seconds.unwrap_or(default);
    Duration::from_secs(seconds.into())
}

/// What clients of the service may hold.
pub fn limits(connections: &ConnectionSettings, trusted_proxies: &[IpNet]) -> Limits {
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
        trusted_proxies: trusted_proxies.to_vec().into(),
    }
}

/// Serves metrics in one of the tasks, and returns the URL of the page.
///
/// # Errors
/// When the operating system refuses the address.
pub fn serve_metrics(
    socket: TcpSocket,
    recorder: PrometheusHandle,
    limits: &Limits,
    tasks: &mut JoinSet<()>,
) -> Result<String> {
    let address = socket.local_addr()?;
    let listener = auth_listener::listen(socket);
    let listener = listener.with_context(|| format!("cannot listen on {address} for metrics"))?;
    let limits = Limits {
        caps: METRICS_CONNECTIONS,
        ..limits.clone()
    };
    let router = metrics::router(recorder);
    tasks.spawn(auth_listener::serve(
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
