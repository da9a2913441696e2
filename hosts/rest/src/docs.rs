//! The description of this surface, for programs and for people. Everything is part of the executable:
//! the page loads nothing from anywhere else.

use std::sync::{Arc, LazyLock};

use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_swagger_ui::{Config, SwaggerFile};

use crate::path::Path;
use crate::problem::{Problem, kinds};

/// The page runs its own scripts only and talks to this service only. Its style sheet holds images as
/// `data:`, and some of its parts set styles of their own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// `GET /openapi.json`
pub(crate) async fn description() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(crate::openapi);
    (
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-cache"),
        ],
        TEXT.as_str(),
    )
}

/// `GET /docs`: the page refers to its parts relatively.
pub(crate) async fn redirect() -> impl IntoResponse {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "docs/")])
}

/// `GET /docs/`
pub(crate) async fn page() -> Result<Response, Problem> {
    asset("index.html")
}

/// `GET /docs/{file}`
pub(crate) async fn part(Path(file): Path<String>) -> Result<Response, Problem> {
    asset(&file)
}

fn asset(file: &str) -> Result<Response, Problem> {
    // The validator would be a service on the network.
    let config = Config::from("../openapi.json")
        .use_base_layout()
        .validator_url("none")
        .display_request_duration(true);
    let found = utoipa_swagger_ui::serve(file, Arc::new(config))
        .ok()
        .flatten();
    found
        .map(answer)
        .ok_or_else(|| Problem::new(&kinds::NOT_FOUND))
}

/// The bytes are those of the executable, however many clients are slow to read them.
fn answer(file: SwaggerFile<'static>) -> Response {
    let policy = HeaderValue::from_static(POLICY);
    let mut response = (
        [(CONTENT_TYPE, file.content_type)],
        [(CACHE_CONTROL, "no-cache")],
        [(CONTENT_SECURITY_POLICY, policy)],
        file.bytes,
    )
        .into_response();
    if file.gzpipped {
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
