//! The access log: one line for each request, with route, status, duration and the source. A line
//! never contains the ids in a path, nor anything from the query, the headers or the body.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Unit, counter, describe_counter};
use tracing::Instrument;

use crate::app::Config;
use crate::middleware::request_id::{Invocation, RequestId};

/// The counter of requests, by route and status.
const REQUESTS: &str = "countersign_requests_total";

/// Describes the metrics of this crate to the recorder of the host.
pub fn describe_metrics() {
    describe_counter!(REQUESTS, Unit::Count, "Requests, by route and status");
}

/// Middleware: opens the span of a request, counts it and logs its end. Every event inside the span,
/// those of the audit log too, names the request and its source.
pub(crate) async fn record(State(config): State<Config>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = RequestId::of(&request);
    let Invocation { trace_id, cold, .. } = request.extensions().get().cloned().unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let method = request.method().clone();
    let (extensions, headers) = (request.extensions(), request.headers());
    let source = config.trusted_proxies.client(extensions, headers);
    let source = source.and_then(|address| config.source_names.of(address));
    // An error span, so that errors name their request at every level of the log.
    let span = tracing::error_span!(
        "request",
        request_id = request_id.as_str(),
        source,
        trace_id
    );
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
        ms = in_millis(started.elapsed()),
        source,
        request_id = request_id.as_str(),
        trace_id,
        cold,
        "answered"
    );
    response
}

/// Rounds to a microsecond, since most answers take less than a millisecond.
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
