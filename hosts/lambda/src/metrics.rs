//! The metrics of the function, in CloudWatch's embedded metric format: lines on standard output that
//! cost no call.

use std::env;
use std::io::{self, Write};
use std::time::Instant;

use anyhow::{Result, anyhow};
use metrics::{Unit, describe_histogram, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};

const NAMESPACE: &str = "Countersign";
/// Seconds from the start of the process to its first request for an invocation.
const COLD_START: &str = "countersign_cold_start_seconds";

/// The recorder of the function, which keeps what is not written yet.
#[derive(Clone, Copy)]
pub struct FunctionMetrics(&'static Collector);

impl FunctionMetrics {
    /// Installs the recorder, once in a process.
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

    /// Notes that the function is ready.
    pub fn ready(started: Instant) {
        histogram!(COLD_START).record(started.elapsed());
    }

    /// Writes what was recorded since the last time: all of it at once, for other invocations write
    /// as well.
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
