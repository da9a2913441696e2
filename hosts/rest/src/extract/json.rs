//! Extractors of JSON bodies and query strings. Parsing is strict: a problem points to the place
//! that is ambiguous or wrong.

mod document;
mod violation;

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use http_body_util::LengthLimitError;
use serde::de::{DeserializeOwned, Unexpected};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroize as _;

use crate::app::Shared;
use crate::problem::{Place, Problem, kinds};
use document::Document;

/// How much of a body is read, and for how long the service waits for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

impl FromRef<Shared> for BodyLimits {
    fn from_ref(app: &Shared) -> Self {
        Self {
            bytes: app.config.body_limit,
            time: app.config.request_timeout / 2,
        }
    }
}

/// The body of a request, parsed from JSON.
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON body that may be left out together with its `Content-Type`.
pub(crate) struct OptionalJson<T>(pub(crate) Option<T>);

/// The query string. Its parameters are read like the members of an object of strings.
pub(crate) struct Query<T>(pub(crate) T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
    BodyLimits: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        require_json(&parts.headers)?;
        let body = read(body, BodyLimits::from_ref(state)).await?;
        let parsed = parse(&body).map(Self);
        wipe(body);
        parsed
    }
}

impl<S, T> FromRequest<S> for OptionalJson<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
    BodyLimits: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = read(body, BodyLimits::from_ref(state)).await?;
        if body.is_empty() && !parts.headers.contains_key(CONTENT_TYPE) {
            return Ok(Self(None));
        }
        require_json(&parts.headers)?;
        let parsed = parse(&body).map(|value| Self(Some(value)));
        wipe(body);
        parsed
    }
}

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let document = Document::of_strings(query.into_owned());
        interpret(document).map(Self).map_err(|(path, violation)| {
            violation.at(Place::Parameter(path.trim_start_matches('/').to_owned()))
        })
    }
}

/// Parses a number that a query has as text.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(text: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(text)?;
    let number = text
        .parse()
        .ok()
        .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    number.map(Some).ok_or_else(|| {
        serde::de::Error::invalid_value(Unexpected::Str(&text), &"a decimal number below 2^32")
    })
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let is_json = |value: &HeaderValue| {
        let essence = value.to_str().ok().and_then(|text| text.split(';').next());
        essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
    };
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let one_json = types.next().is_some_and(is_json) && types.next().is_none();
    if one_json && !headers.contains_key(CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(Problem::new(&kinds::UNSUPPORTED_MEDIA_TYPE))
    }
}

async fn read(body: Body, limits: BodyLimits) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(&kinds::CONTENT_TOO_LARGE)
            .detail(format!("the body is longer than {} bytes", limits.bytes))
    };
    // A body whose declared length is too long is refused before it arrives.
    if body.size_hint().lower() > limits.bytes as u64 {
        return Err(too_large());
    }
    let read = tokio::time::timeout(limits.time, axum::body::to_bytes(body, limits.bytes));
    let read = read
        .await
        .map_err(|_| Problem::new(&kinds::REQUEST_TIMEOUT))?;
    read.map_err(|error| {
        if error.into_inner().is::<LengthLimitError>() {
            too_large()
        } else {
            Problem::new(&kinds::INVALID_JSON).detail("the body ended early")
        }
    })
}

/// Overwrites a body that may hold a password. The part that arrived together with other bytes of
/// its connection shares their memory, and stays until that is used again.
fn wipe(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
}

/// Checks first that the text is JSON, then that it is what the request needs, so that truncated
/// text is always reported as malformed JSON.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let not_json = |reason: String| Problem::new(&kinds::INVALID_JSON).detail(reason);
    let text = std::str::from_utf8(body).map_err(|_| not_json("the body is not UTF-8".into()))?;
    let document: Document = serde_json::from_str(text).map_err(|e| not_json(e.to_string()))?;
    interpret(document).map_err(|(path, violation)| violation.at(Place::Pointer(path)))
}

/// Reads a value from a document. The error is the violation and the JSON pointer to its place.
fn interpret<T: DeserializeOwned>(document: Document) -> Result<T, (String, violation::Violation)> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        let path = violation::pointer(error.path());
        let violation = error.into_inner();
        (violation.complete(path), violation)
    })
}

#[cfg(test)]
mod tests;
