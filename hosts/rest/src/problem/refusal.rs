//! A refusal: the kind of problem, what is wrong with this request, and the headers of the answer.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::document::{Document, InputError};
use super::kinds::{self, Kind};
use crate::base_url::BaseUrl;

/// How long a client should wait when the service knows no better time.
const RETRY_DEFAULT: Duration = Duration::from_secs(5);

/// A refusal. The middleware `problem_documents` writes the body of its answer.
#[derive(Clone)]
pub(crate) struct Problem {
    kind: &'static Kind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<InputError>,
    retry_after: Option<Duration>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(crate) fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            headers: Vec::new(),
        }
    }

    /// Says what is wrong this time. The text must never come from a store, a driver or a key.
    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a header that says what the service would have accepted.
    pub(crate) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// An [`kinds::INVALID_REQUEST`] with each rule that the request breaks.
    pub(crate) fn invalid_request(errors: Vec<InputError>) -> Self {
        Self {
            errors,
            ..Self::new(&kinds::INVALID_REQUEST)
        }
    }

    /// The hashing queue has no place for this request. A hash takes a good part of a second.
    pub(crate) fn busy() -> Self {
        Self::new(&kinds::BUSY).retry_after(Duration::from_secs(1))
    }

    pub(crate) fn throttled(seconds: u32) -> Self {
        Self::new(&kinds::TOO_MANY_ATTEMPTS).retry_after(Duration::from_secs(seconds.into()))
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(&kinds::UNAVAILABLE).retry_after(RETRY_DEFAULT)
    }

    /// The document of this refusal, for the request of this id.
    pub(crate) fn document(self, base_url: &BaseUrl, request_id: &str) -> Document {
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
            request_id: request_id.to_owned(),
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

/// Status and headers. The body names the request, so the middleware adds it.
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
        headers.extend(self.headers.iter().cloned());
        response.extensions_mut().insert(self);
        response
    }
}

/// A call that failed. Its cause goes to the log alone, inside the span that names the request.
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
