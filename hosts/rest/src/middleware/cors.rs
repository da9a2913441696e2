//! Calls from pages of other origins (CORS protocol of the Fetch standard).

use std::str::FromStr;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tower::{Layer, ServiceExt};
use tower_http::cors::CorsLayer;
use url::Url;

use crate::demand::FORWARD_AUTH;
use crate::extract::idempotency_key;
use crate::middleware::request_id;

/// An origin as browsers send it: `https://app.example.com`, `http://localhost:5173`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// The text is not an origin.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an origin: expected `https://host` or `https://host:port`, without a path")]
pub struct OriginError(String);

impl FromStr for Origin {
    type Err = OriginError;

    /// Accepts exactly what a browser would send, so that comparing is enough: lower case, `http` or
    /// `https`, no default port, no wildcard.
    fn from_str(text: &str) -> Result<Self, OriginError> {
        parse(text).ok_or_else(|| OriginError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Origin> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    // A star is a valid host for the parser, though not for a browser.
    let as_sent = url.origin().ascii_serialization() == text && !text.contains('*');
    if is_web && as_sent {
        HeaderValue::from_str(text).ok().map(Origin)
    } else {
        None
    }
}

/// Lets pages of these origins call with a token. Tokens travel in a header, so cookies are not
/// allowed.
pub(crate) fn layer(origins: &[Origin]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(
            origins
                .iter()
                .map(|origin| origin.0.clone())
                .collect::<Vec<_>>(),
        )
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            idempotency_key::HEADER,
            request_id::HEADER,
        ])
        .expose_headers([RETRY_AFTER, request_id::HEADER])
        .max_age(Duration::from_secs(600))
}

/// Middleware: adds the headers of the layer, and answers its preflights. The questions of proxies are
/// no calls of pages: to a question that repeats the method `OPTIONS` of a request, the layer would
/// answer with 200, and the request would pass without a token.
pub(crate) async fn allow(
    State(layer): State<CorsLayer>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path() == FORWARD_AUTH {
        return next.run(request).await;
    }
    let answered = layer.layer(next).oneshot(request).await;
    answered.unwrap_or_else(|never| match never {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_origins_as_browsers_send_them() {
        for text in [
            "https://app.example.com",
            "http://localhost:5173",
            "https://[2001:db8::1]:8443",
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().0, text);
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com?query",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://app.example.com:",
            "https://*.example.com",
            "https://user@app.example.com",
            "ftp://app.example.com",
            "http://127.1",
            "https://bücher.example",
            " https://app.example.com",
            "https://app.example.com\n",
            "https://app.example.com#fragment",
            "https:app.example.com",
            "https://app.example.com, https://b.example.com",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
