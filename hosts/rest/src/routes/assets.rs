//! `GET /assets/{file}`: the style sheet, scripts and logo of the pages.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::extract::path::Path;
use crate::pages::assets;
use crate::problem::{Problem, kinds};

/// The address of a file contains a hash of its content, so its content never changes.
const CACHE: &str = "public, max-age=31536000, immutable";

pub(crate) async fn file(Path(address): Path<String>) -> Result<Response, Problem> {
    let asset = assets::find(&address).ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    let headers = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, CACHE)];
    Ok((headers, asset.bytes).into_response())
}
