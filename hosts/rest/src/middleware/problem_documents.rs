//! The bodies of problem documents.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::Response;

use crate::base_url::BaseUrl;
use crate::middleware::request_id::RequestId;
use crate::problem::{MEDIA_TYPE, Problem};

/// Middleware: writes the document of a [`Problem`] that a handler, an extractor or an inner layer
/// answered with.
pub(crate) async fn render(
    State(base_url): State<BaseUrl>,
    request: Request,
    next: Next,
) -> Response {
    let request_id = RequestId::of(&request);
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let document = serde_json::to_vec(&problem.document(&base_url, request_id.as_str()));
        *response.body_mut() = Body::from(document.unwrap_or_default());
        response.headers_mut().remove(CONTENT_LENGTH);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    }
    response
}
