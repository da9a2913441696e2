//! The description of this surface, for programs and for people. Everything is part of the executable:
//! the page loads nothing from anywhere else.

mod coding;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_swagger_ui::{Config, SwaggerFile};

use crate::extract::path::Path;
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
pub(crate) async fn page(headers: HeaderMap) -> Result<Response, Problem> {
    asset("index.html", &headers)
}

/// `GET /docs/{file}`
pub(crate) async fn part(
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    asset(&file, &headers)
}

fn asset(file: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    // The validator would be a service on the network.
    let config = Config::from("../openapi.json")
        .use_base_layout()
        .validator_url("none")
        .display_request_duration(true);
    let found = utoipa_swagger_ui::serve(file, Arc::new(config))
        .ok()
        .flatten();
    let found = found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    answer(file, found, coding::accepts_gzip(headers))
}

fn answer(name: &str, file: SwaggerFile<'static>, gzip: bool) -> Result<Response, Problem> {
    let bytes = match file.bytes {
        // Those of the executable, however many clients are slow to read them.
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let coded = file.gzpipped && gzip;
    let bytes = match file.gzpipped && !gzip {
        true => coding::plain(name, &bytes).ok_or_else(|| Problem::new(&kinds::INTERNAL_ERROR))?,
        false => bytes,
    };
    let mut response = (
        [(CONTENT_TYPE, file.content_type)],
        [(CACHE_CONTROL, "no-cache")],
        [(CONTENT_SECURITY_POLICY, POLICY)],
        [(VARY, "accept-encoding")],
        bytes,
    )
        .into_response();
    if coded {
        let headers = response.headers_mut();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
