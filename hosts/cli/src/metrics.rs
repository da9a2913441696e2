//! The metrics of the server, in the text format of Prometheus.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use auth_composition::settings::{MetricsAddress, table};
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

/// The bucket bounds in seconds. Stores answer in well under a millisecond or in tens of
/// milliseconds, and a hash takes a good part of a second.
const BUCKETS: [f64; 12] = [
    0.000_1, 0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// How often recorded values are moved into the buckets. Until then each value takes memory.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);
/// The text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Installs the recorder. A process must call this once.
///
/// # Errors
/// When a recorder is installed already.
pub fn start() -> Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS)?;
    let handle = builder.install_recorder();
    let handle = handle.context("cannot record metrics")?;
    auth_composition::describe_metrics();
    auth_listener::describe_metrics();
    Ok(handle)
}

/// Takes the address at which metrics are served, by the setting of their own and that of the service.
/// `None` means that they are not served.
///
/// # Errors
/// When the operating system refuses the address of the setting.
pub fn bind(setting: Option<MetricsAddress>, service: SocketAddr) -> Result<Option<TcpSocket>> {
    let address = match setting {
        Some(MetricsAddress::Off) => return Ok(None),
        Some(MetricsAddress::At(address)) => address,
        None => return Ok(bind_default(service)),
    };
    let name = table::METRICS_LISTEN.row.variable;
    let bound = auth_listener::bind(address);
    bound
        .map(Some)
        .with_context(|| format!("{name} cannot be `{address}`"))
}

/// Several servers of one machine may have ports that follow each other. That is no reason for any
/// of them not to start.
fn bind_default(service: SocketAddr) -> Option<TcpSocket> {
    let port = match service.port() {
        0 => 0,
        port => port.checked_add(1)?,
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    auth_listener::bind(address)
        .inspect_err(|error| {
            let name = table::METRICS_LISTEN.row.variable;
            let taken = error.kind() == ErrorKind::AddrInUse;
            let reason = if taken {
                "in use".to_owned()
            } else {
                error.to_string()
            };
            tracing::warn!("metrics are off, since {address} is {reason}: {name} names another");
        })
        .ok()
}

/// The router of the listener for metrics.
pub fn router(handle: PrometheusHandle) -> Router {
    let headers = [
        (CONTENT_TYPE, TEXT),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Router::new().route("/metrics", get(async move || (headers, handle.render())))
}

/// Moves recorded values into the buckets at an interval, until the tasks are dropped.
pub fn upkeep(handle: PrometheusHandle, tasks: &mut JoinSet<()>) {
    let mut ticks = interval_at(Instant::now() + UPKEEP_INTERVAL, UPKEEP_INTERVAL);
    tasks.spawn(async move {
        loop {
            ticks.tick().await;
            handle.run_upkeep();
        }
    });
}
