//! The description of this surface, for programs and for people. Swagger UI is part of the executable:
//! the page loads nothing from another host.

mod coding;
pub(crate) mod token;

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_swagger_ui::Config;

use crate::extract::path::Path;
use crate::pages::html::Html;
use crate::pages::shell::{Depth, Page};
use crate::problem::{Problem, kinds};
use coding::Coded;

/// `GET /openapi.json` and `GET /openapi-3.0.json`
pub(crate) fn description(text: Bytes) -> Response {
    (
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
        .into_response()
}

/// `GET /docs`: redirects to `/docs/`, since the page refers to its parts relatively.
pub(crate) async fn redirect() -> impl IntoResponse {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "docs/")])
}

/// `GET /docs/`: Swagger UI inside the shell of all pages.
pub(crate) async fn page() -> Page {
    let head = "<link rel=\"stylesheet\" href=\"swagger-ui.css\">\n\
        <script src=\"swagger-ui-bundle.js\" defer></script>\n\
        <script src=\"swagger-ui-standalone-preset.js\" defer></script>\n\
        <script src=\"swagger-initializer.js\" defer></script>\n";
    let main = Html::own(include_str!("../../templates/docs.html"));
    let page = Page {
        head: Html::own(head),
        class: "docs",
        ..Page::new(Html::own("Documentation"), Depth::Folder, main)
    };
    page.script("docs.js")
}

/// `GET /docs/{file}`: the parts of Swagger UI.
pub(crate) async fn part(
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // Swagger UI's own page would be a second one beside the page of this service.
    let is_page = file.ends_with(".html");
    // By default Swagger UI sends the address of the description to a validator on the network.
    let config = Config::from("../openapi.json")
        .use_base_layout()
        .validator_url("none")
        .try_it_out_enabled(true)
        .default_models_expand_depth(0)
        .display_request_duration(true);
    let found = utoipa_swagger_ui::serve(&file, Arc::new(config))
        .ok()
        .flatten()
        .filter(|_| !is_page);
    let found = found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    let bytes = match found.bytes {
        // The bytes are part of the executable, so many slow clients share one copy.
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let coded = match found.gzpipped {
        true => Coded::Gzip(bytes),
        false => Coded::Plain(bytes),
    };
    coding::answer(&file, &found.content_type, coded, &headers)
}
