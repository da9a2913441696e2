//! The page that verifies and explains an access token, with the component in the browser.
//!
//! Its script is made by `make page` and checked in, since this crate is built without Node. The modules
//! of the component are those of this executable.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::coding::{self, Coded};
use crate::app::Shared;
use crate::extract::path::Path;
use crate::pages::html::{Html, fill};
use crate::pages::shell::{Depth, Page, WITH_COMPONENT};
use crate::problem::{Problem, kinds};

/// The last part of the address of the digest, which the script imports.
const DIGEST: &str = "sha256.js";
const SCRIPT_TYPE: &str = "text/javascript; charset=utf-8";

/// `GET /docs/token`: redirects to `/docs/token/`, since the page refers to its parts relatively.
pub(crate) async fn redirect() -> impl IntoResponse {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "token/")])
}

/// `GET /docs/token/`: the page, filled in with what this service issues.
pub(crate) async fn page(State(app): State<Shared>) -> Page {
    let deployment = app.service.policy().deployment();
    of(&deployment.issuer, &deployment.audience)
}

fn of(issuer: &str, audience: &str) -> Page {
    let main = fill(
        include_str!("../../../templates/token.html"),
        &[
            ("issuer", Html::escape(issuer)),
            ("audience", Html::escape(audience)),
            ("jwks", Html::own("../../.well-known/jwks.json")),
        ],
    );
    Page {
        head: Html::own("<script type=\"module\" src=\"page.js\"></script>\n"),
        policy: WITH_COMPONENT,
        ..Page::new(Html::own("Check a token"), Depth::Nested, main)
    }
}

/// `GET /docs/token/page.js`: the script of the page.
pub(crate) async fn script() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, SCRIPT_TYPE), (CACHE_CONTROL, "no-cache")];
    (headers, include_str!("../../../assets/token.js"))
}

/// `GET /docs/component/{file}`: the digest of the component and its modules.
pub(crate) async fn component(
    State(app): State<Shared>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if file == DIGEST {
        let digest = app.config.component_sha256;
        let text = Bytes::from(format!("export const SHA256 = \"{digest}\";\n"));
        return coding::answer(DIGEST, SCRIPT_TYPE, Coded::Plain(text), &headers);
    }
    let modules = app.core_modules.iter();
    let found = modules.copied().find(|(name, _)| *name == file);
    let (name, bytes) = found.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    let bytes = Coded::Gzip(Bytes::from_static(bytes));
    coding::answer(name, "application/wasm", bytes, &headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_hold_what_the_service_issues() {
        let html = of("https://auth.example.com/\"", "shop")
            .render()
            .into_string();
        for part in [
            "id=\"issuer\" value=\"https://auth.example.com/&quot;\"",
            "id=\"audience\" value=\"shop\"",
            "data-from=\"../../.well-known/jwks.json\"",
            "<title>Check a token · Countersign</title>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("{{"), "{html}");
    }
}
