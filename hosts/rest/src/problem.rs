//! Refusals as RFC 9457 problem documents.

pub(crate) mod kinds;
mod reasons;

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base_url::BaseUrl;
use crate::middleware::request_id::RequestId;
use kinds::Kind;

pub use reasons::{email_reason, password_reason};
pub(crate) use reasons::{invalid_email, not_initial, weak_password};

/// The media type of [`Document`].
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// How long to wait where nothing better is known.
const RETRY_DEFAULT: Duration = Duration::from_secs(5);

/// A refusal, before [`render`] puts it into words.
#[derive(Clone)]
pub(crate) struct Problem {
    kind: &'static Kind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<InputError>,
    retry_after: Option<Duration>,
}

/// One rule that the request breaks.
#[derive(Clone, Serialize, ToSchema)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct InputError {
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Stable name of the rule.
    #[schema(example = "bad-domain")]
    pub(crate) code: &'static str,
    /// The rule in words.
    #[schema(example = "the part after the `@` is no domain name")]
    pub(crate) detail: Cow<'static, str>,
}

/// Where a rule is broken.
#[derive(Clone, Serialize, ToSchema)]
#[cfg_attr(test, derive(Debug, PartialEq))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// A JSON pointer into the body (RFC 6901).
    #[schema(example = json!({ "pointer": "/email" }))]
    Pointer(String),
    /// A parameter of the query.
    #[schema(example = json!({ "parameter": "limit" }))]
    Parameter(String),
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    /// Its last segment is a stable name; the page behind it explains the problem.
    #[serde(rename = "type")]
    #[schema(
        format = "uri",
        example = "https://auth.example.com/problems/invalid-request"
    )]
    kind: String,
    /// The same for every problem of this type.
    #[schema(example = "Invalid request")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong this time, as far as there is more to say than in general.
    #[schema(example = "Each entry of `errors` names the place, the rule and the reason.")]
    detail: Cow<'static, str>,
    /// As in the header `X-Request-Id`; the log of the service has it too.
    #[schema(example = "0b8e2a64-5a0f-4c7e-8d63-3f9a4f1f2c11")]
    request_id: String,
    /// Only for `invalid-request`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<InputError>,
    /// Only for `invalid-grant`: as OAuth 2.0 names it (RFC 6749 §5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "invalid_grant")]
    error: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Says what is wrong this time. Never text of a store, a driver or a key.
    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// An [`kinds::INVALID_REQUEST`] with all that is wrong.
    pub(crate) fn invalid_request(errors: Vec<InputError>) -> Self {
        Self {
            errors,
            ..Self::new(&kinds::INVALID_REQUEST)
        }
    }

    /// The hashing queue is full; a hash takes a good part of a second.
    pub(crate) fn busy() -> Self {
        Self::new(&kinds::BUSY).retry_after(Duration::from_secs(1))
    }

    pub(crate) fn throttled(seconds: u32) -> Self {
        Self::new(&kinds::TOO_MANY_ATTEMPTS).retry_after(Duration::from_secs(seconds.into()))
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(&kinds::UNAVAILABLE).retry_after(RETRY_DEFAULT)
    }

    fn document(self, base_url: &BaseUrl, request_id: &RequestId) -> Document {
        let error = self.is(&kinds::INVALID_GRANT).then_some("invalid_grant");
        let Self {
            kind,
            detail,
            errors,
            ..
        } = self;
        Document {
            kind: base_url.url(&format!("/problems/{}", kind.slug)),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: detail.unwrap_or(Cow::Borrowed(kind.explanation)),
            request_id: request_id.as_str().to_owned(),
            errors,
            error,
        }
    }

    #[cfg(test)]
    pub(crate) fn kind(&self) -> &'static Kind {
        self.kind
    }

    #[cfg(test)]
    pub(crate) fn errors(&self) -> &[InputError] {
        &self.errors
    }

    fn is(&self, kind: &Kind) -> bool {
        self.kind.slug == kind.slug
    }
}

/// The kind and the headers; [`render`] adds the body, which names the request.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status.into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            headers.insert(
                RETRY_AFTER,
                HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
            );
        }
        if self.kind.status == StatusCode::UNAUTHORIZED {
            // RFC 6750 §3.1: no error code for a request without a token.
            let token_sent = self.is(&kinds::INVALID_TOKEN);
            let challenge = if token_sent {
                r#"Bearer error="invalid_token""#
            } else {
                "Bearer"
            };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(self);
        response
    }
}

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
        let document = serde_json::to_vec(&problem.document(&base_url, &request_id));
        *response.body_mut() = Body::from(document.unwrap_or_default());
        response.headers_mut().remove(CONTENT_LENGTH);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    }
    response
}

/// A call without an answer. Its cause goes to the log, inside the span that names the request, and
/// nowhere else.
impl From<auth_runtime::Error> for Problem {
    fn from(error: auth_runtime::Error) -> Self {
        let auth_runtime::Error {
            blame,
            retry_after,
            cause,
        } = error;
        tracing::error!(
            ?blame,
            cause = format!("{cause:#}"),
            "a call gave no answer"
        );
        match (retry_after, blame) {
            (Some(wait), _) => Self::unavailable().retry_after(wait),
            (None, auth_runtime::Blame::Component) => Self::new(&kinds::INTERNAL_ERROR),
            (None, _) => Self::unavailable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use auth_runtime::{Blame, Error};

    use super::*;

    #[test]
    fn a_failed_call_says_when_to_try_again_and_nothing_of_its_cause() {
        let second = Some(Duration::from_millis(1001));
        for (blame, retry_after, status, header) in [
            (
                Blame::Adapter,
                second,
                StatusCode::SERVICE_UNAVAILABLE,
                Some("2"),
            ),
            (
                Blame::Adapter,
                None,
                StatusCode::SERVICE_UNAVAILABLE,
                Some("5"),
            ),
            (
                Blame::Host,
                second,
                StatusCode::SERVICE_UNAVAILABLE,
                Some("2"),
            ),
            (
                Blame::Host,
                None,
                StatusCode::SERVICE_UNAVAILABLE,
                Some("5"),
            ),
            (
                Blame::Component,
                None,
                StatusCode::INTERNAL_SERVER_ERROR,
                None,
            ),
        ] {
            let cause = std::io::Error::other("db-1.internal refused").into();
            let problem = Problem::from(Error {
                blame,
                retry_after,
                cause,
            });
            assert_eq!((problem.detail.as_ref(), problem.errors.len()), (None, 0));
            let response = problem.into_response();
            assert_eq!(response.status(), status, "{blame:?}");
            let sent = response
                .headers()
                .get(RETRY_AFTER)
                .map(|value| value.to_str().unwrap());
            assert_eq!(sent, header, "{blame:?}");
        }
    }
}
