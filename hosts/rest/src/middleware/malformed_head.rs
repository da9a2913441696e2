//! Refuses requests whose head the listener could not accept, in the form of all other refusals.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Problem, kinds};

/// Marks a request whose head breaks the rules of HTTP. A listener adds it to the extensions of the
/// request, or of one that it makes in place of a head that it cannot read.
#[derive(Clone, Copy, Debug)]
pub struct MalformedHead {
    /// The status of the refusal: 414 or 431 for a head that is too long, otherwise 400.
    pub status: StatusCode,
}

/// Middleware: answers a request that is so marked.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    let Some(head) = request.extensions().get::<MalformedHead>() else {
        return next.run(request).await;
    };
    let kind = match head.status {
        StatusCode::URI_TOO_LONG => &kinds::URI_TOO_LONG,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => &kinds::HEAD_TOO_LARGE,
        _ => &kinds::MALFORMED_REQUEST,
    };
    Problem::new(kind).into_response()
}
