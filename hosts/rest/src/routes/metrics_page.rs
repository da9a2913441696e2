//! `GET /metrics`

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;

use crate::Shared;
use crate::openapi::problems;
use crate::problem::{Problem, kinds};

/// As Prometheus asks for it.
const TEXT: (HeaderName, &str) = (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

problems!(Refusals =, [NOT_FOUND]);

/// Metrics
///
/// For Prometheus. Not on AWS Lambda, where the same numbers go to CloudWatch.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses(
        (status = 200, description = "The numbers.", content_type = "text/plain", body = String),
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
