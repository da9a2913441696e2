//! One line for each request: what was asked in general, how it went, how long it took. Never ids in
//! paths, queries, headers or bodies.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Unit, counter, describe_counter};
use tracing::Instrument;

use crate::request_id::RequestId;

/// Requests, by route and status.
const REQUESTS: &str = "countersign_requests_total";

/// Tells the recorder of the host what is counted here.
pub fn describe_metrics() {
    describe_counter!(REQUESTS, Unit::Count, "Requests, by route and status");
}

/// Of which invocation of the host a request is, where it runs in invocations. In the extensions of the
/// request, for the log.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// As the tracing system of the host names it.
    pub trace_id: Option<String>,
    /// Whether it is the first of its process.
    pub cold: Option<bool>,
}

/// Middleware: opens the span of the request and reports its end.
pub(crate) async fn record(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = RequestId::of(&request);
    let Invocation { trace_id, cold } = request.extensions().get().cloned().unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let method = request.method().clone();
    // An error span, so that errors name their request at every level of the log.
    let span = tracing::error_span!("request", request_id = request_id.as_str(), trace_id);
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let labels = [
        ("route", route.to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    counter!(REQUESTS, &labels).increment(1);
    let _entered = span.enter();
    tracing::info!(
        method = method.as_str(),
        route,
        status = status.as_u16(),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        request_id = request_id.as_str(),
        trace_id,
        cold,
        "answered"
    );
    response
}
