//! Extractors of JSON bodies and query strings. Parsing is strict: a problem points to the place
//! that is ambiguous or wrong.

mod body;
mod document;
mod violation;

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method};
use serde::de::{DeserializeOwned, Unexpected};
use serde::{Deserialize, Deserializer};

use crate::problem::{Place, Problem, kinds};
pub(crate) use body::BodyLimits;
use document::Document;

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// The body of a request, parsed from JSON.
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON body that may be empty or `null`.
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
        require_json(&parts)?;
        let limits = BodyLimits::from_ref(state);
        parse(&body::read(&parts, body, &limits).await?).map(Self)
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
        let limits = BodyLimits::from_ref(state);
        let body = body::read(&parts, body, &limits).await?;
        // Without content, `Content-Type` describes nothing (RFC 9110 §8.3).
        if body.is_empty() {
            return Ok(Self(None));
        }
        require_json(&parts)?;
        parse(&body).map(Self)
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

/// Refuses what is not one JSON text without a content coding, and says what is accepted
/// (RFC 9110 §15.5.16, RFC 5789 §2.2).
fn require_json(parts: &Parts) -> Result<(), Problem> {
    const JSON: &str = "application/json";
    let headers = &parts.headers;
    let is_json = |value: &HeaderValue| {
        let essence = value.to_str().ok().and_then(|text| text.split(';').next());
        essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(JSON))
    };
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let one_json = types.next().is_some_and(is_json) && types.next().is_none();
    let coded = headers.contains_key(CONTENT_ENCODING);
    if one_json && !coded {
        return Ok(());
    }
    let mut problem = Problem::new(&kinds::UNSUPPORTED_MEDIA_TYPE);
    if coded {
        problem = problem.header(ACCEPT_ENCODING, "identity");
    }
    if !one_json {
        problem = problem.header(ACCEPT, JSON);
    }
    if parts.method == Method::PATCH {
        problem = problem.header(ACCEPT_PATCH, JSON);
    }
    Err(problem)
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
