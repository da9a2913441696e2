//! One line for each request: what was asked in general, how it went, how long it took. Never ids in
//! paths, queries, headers or bodies.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::request_id::RequestId;

/// Middleware: opens the span of the request and reports its end.
pub(crate) async fn record(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = RequestId::of(&request);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    // An error span, so that errors name their request at every level of the log.
    let span = tracing::error_span!("request", request_id = request_id.as_str());
    let response = next.run(request).instrument(span.clone()).await;
    let _entered = span.enter();
    tracing::info!(
        method = method.as_str(),
        route = route.as_ref().map_or("-", MatchedPath::as_str),
        status = response.status().as_u16(),
        ms = started.elapsed().as_millis(),
        request_id = request_id.as_str(),
        "answered"
    );
    response
}
