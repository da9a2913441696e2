//! Answers where no handler gives one: unknown paths and methods, panics, and handlers that are too slow.

use std::any::Any;
use std::time::Duration;

use auth_runtime::deadline;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout_at};

use crate::problem::{Problem, kinds};

/// Middleware: ends a handler that takes longer than the limit, or than the deadline of its request.
pub(crate) async fn limit_time(
    State(limit): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let own = Instant::now() + limit;
    let end = deadline::current().map_or(own, |request| request.min(own));
    timeout_at(end, next.run(request))
        .await
        .unwrap_or_else(|_| {
            tracing::error!("a handler gave no answer in time");
            Problem::unavailable().into_response()
        })
}

/// The answer after a panic. The message of a panic may hold a secret, so it is not logged here; the
/// panic hook of the process has reported the place.
pub(crate) fn answer_panic(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(&kinds::INTERNAL_ERROR).into_response()
}

/// The answer for a path that does not exist.
pub(crate) async fn not_found() -> Problem {
    Problem::new(&kinds::NOT_FOUND)
}

/// The answer for a method that a path does not support. The router adds `Allow`.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(&kinds::METHOD_NOT_ALLOWED)
}
