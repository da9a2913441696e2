//! One line for each request: what was asked in general, how it went, how long it took. Never ids in
//! paths, queries, headers or bodies.

use std::time::{Duration, Instant};

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
        ms = in_millis(started.elapsed()),
        request_id = request_id.as_str(),
        "answered"
    );
    response
}

/// To the microsecond: most answers take less than a millisecond.
fn in_millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_to_the_microsecond() {
        for (nanos, millis) in [
            (0, 0.0),
            (1_499, 0.001),
            (1_234_567, 1.235),
            (30_000_000_000, 30e3),
        ] {
            assert_eq!(in_millis(Duration::from_nanos(nanos)), millis);
        }
    }
}
