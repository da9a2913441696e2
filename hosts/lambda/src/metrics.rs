//! The metrics of the function, in CloudWatch's embedded metric format: lines on standard output,
//! which need no network call.

use std::env;
use std::io::{self, Write};
use std::time::Instant;

use anyhow::{Result, anyhow};
use metrics::{Unit, describe_histogram, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};

const NAMESPACE: &str = "Countersign";
/// Metric: the seconds from the start of the process to its first request for an invocation.
const COLD_START: &str = "countersign_cold_start_seconds";

/// The recorder of the function's metrics, which holds those that are not written yet.
#[derive(Clone, Copy)]
pub struct FunctionMetrics(&'static Collector);

impl FunctionMetrics {
    /// Installs the recorder. A process must call this once.
    ///
    /// # Errors
    /// When a recorder is installed already.
    pub fn start() -> Result<Self> {
        let function = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        let collector = Builder::new()
            .cloudwatch_namespace(NAMESPACE)
            .with_dimension("function", function)
            .init()
            .map_err(|error| anyhow!("cannot record metrics: {error}"))?;
        auth_composition::describe_metrics();
        describe_histogram!(COLD_START, Unit::Seconds, "Time from start to readiness");
        Ok(Self(collector))
    }

    /// Records that the function is ready for its first invocation.
    pub fn ready(started: Instant) {
        histogram!(COLD_START).record(started.elapsed());
    }

    /// Writes the metrics since the last call, in one write, because other invocations write too.
    pub fn write(self) {
        let mut lines = Vec::new();
        let written = self
            .0
            .flush(&mut lines)
            .and_then(|()| io::stdout().write_all(&lines));
        if let Err(error) = written {
            tracing::warn!(%error, "metrics are lost");
        }
    }
}
