//! Answers of the server, and the checks that every answer must pass.

use std::fmt;

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use ureq::Body;

use crate::surface;

/// A limit that no answer reaches.
const MAX_BODY: u64 = 16 << 20;

/// Words about databases, drivers and secrets, none of which may occur in an answer.
const WORDS_OF_THE_INSIDE: [&str; 8] = [
    "mongo",
    "database",
    "topology",
    "pool",
    "i/o",
    "127.0.0.1",
    "secret",
    "arn:",
];

/// A complete answer that agrees with `openapi.json` and passes the checks of every answer.
#[derive(Clone)]
pub struct Answer {
    call: String,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(
        method: &Method,
        path: &str,
        response: http::Response<Body>,
    ) -> Result<Self, ureq::Error> {
        let (head, mut body) = response.into_parts();
        let body = body.with_config().limit(MAX_BODY).read_to_vec()?;
        let answer = http::Response::from_parts(head, body);
        Ok(Self::of(method, path, answer))
    }

    /// Checks the answer to a call, received over HTTP or through Lambda.
    ///
    /// # Panics
    /// When a check fails.
    #[must_use]
    pub fn of(method: &Method, path: &str, answer: http::Response<Vec<u8>>) -> Self {
        let (head, body) = answer.into_parts();
        let answer = Self {
            call: format!("{method} {path}"),
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        };
        answer.check_headers();
        surface::check(method, path, answer.status);
        answer
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The value of a header, empty when the answer lacks it.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.map_or("", |value| value.expect("a header in ASCII"))
    }

    /// The body, not decoded.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, parsed as JSON.
    ///
    /// # Panics
    /// When the body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let value = serde_json::from_slice(&self.body);
        value.unwrap_or_else(|error| panic!("{}: {error}: {self:?}", self.call))
    }

    /// A string member of the JSON body.
    ///
    /// # Panics
    /// When the body has no string of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let json = self.json();
        let text = json[name].as_str().map(str::to_owned);
        text.unwrap_or_else(|| panic!("{}: no text `{name}` in {json}", self.call))
    }

    /// Checks the status, and returns the answer.
    ///
    /// # Panics
    /// When the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{}: {text}", self.call);
        self
    }

    /// Checks that this is that problem (RFC 9457) with no other members, and returns the answer.
    ///
    /// # Panics
    /// When the answer is anything else.
    #[track_caller]
    pub fn expect_problem(self, status: u16, slug: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        let kind = problem["type"].as_str().unwrap_or_default();
        assert!(
            kind.ends_with(&format!("/problems/{slug}")),
            "{}: {problem}",
            answer.call
        );
        assert_eq!(problem["status"], status, "{}", answer.call);
        for (name, value) in problem.as_object().expect("an object") {
            let known = matches!(
                name.as_str(),
                "type" | "title" | "status" | "detail" | "request_id" | "errors" | "error"
            );
            assert!(
                known && !value.is_null(),
                "{}: {name} in {problem}",
                answer.call
            );
        }
        assert_eq!(
            problem["request_id"],
            answer.header("x-request-id"),
            "{}",
            answer.call
        );
        answer
    }

    /// Checks that this is a 503 that says when to try again and not why, and returns the answer.
    ///
    /// # Panics
    /// When the answer is anything else.
    #[track_caller]
    pub fn expect_unavailable(self) -> Self {
        let answer = self.expect_problem(503, "unavailable");
        let wait: u32 = answer.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        let mut problem = answer.json();
        // `type` begins with the issuer, which may be a loopback address.
        problem["type"] = Value::Null;
        let said = problem.to_string().to_lowercase();
        for word in WORDS_OF_THE_INSIDE {
            assert!(!said.contains(word), "{word} in {said}");
        }
        answer
    }

    fn check_headers(&self) {
        let has = |name| self.headers.contains_key(name);
        let status = StatusCode::from_u16(self.status).expect("a status");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{self:?}");
        assert!(has("cache-control") && has("x-request-id"), "{self:?}");
        if self.call.contains(" /v1/") {
            assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        }
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(
                self.header("content-type"),
                "application/problem+json",
                "{self:?}"
            );
        }
        if matches!(self.status, 429 | 503) {
            let seconds: u64 = self.header("retry-after").parse().expect("seconds");
            assert!(seconds > 0, "{self:?}");
        }
        assert_eq!(has("www-authenticate"), self.status == 401, "{self:?}");
    }
}

/// The body as text.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("call", &self.call)
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}
