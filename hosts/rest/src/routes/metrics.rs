//! `GET /metrics`: the metrics, for Prometheus to collect.

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;

use crate::app::Shared;
use crate::openapi::problems;
use crate::problem::{Problem, kinds};

/// The text format of Prometheus.
const TEXT: (HeaderName, &str) = (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

problems!(Refusals =, [NOT_FOUND]);

/// Metrics
///
/// For Prometheus. AWS Lambda does not have it: there the same metrics go to CloudWatch.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses(
        (status = 200, description = "The metrics.", content_type = "text/plain", body = String),
        Refusals,
    )
)]
pub(crate) async fn metrics(
    State(app): State<Shared>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let render = app.metrics.as_ref();
    let render = render.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    Ok(([TEXT], render()))
}
