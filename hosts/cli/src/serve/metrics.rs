//! The metrics of the server, in the text format of Prometheus.

use std::time::Duration;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

/// The bucket bounds in seconds. Stores answer in well under a millisecond or in tens of
/// milliseconds, and a hash takes a good part of a second.
const BUCKETS: [f64; 12] = [
    0.000_1, 0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// How often recorded values are moved into the buckets. Until then each value takes memory.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Installs the recorder. A process must call this once.
///
/// # Errors
/// When a recorder is installed already.
pub fn start() -> Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS)?;
    let handle = builder.install_recorder();
    let handle = handle.context("cannot record metrics")?;
    auth_composition::describe_metrics();
    Ok(handle)
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
