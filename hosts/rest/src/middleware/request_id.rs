//! The id of a request, in its answer and in the log.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

/// The header `X-Request-Id`.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 64;

/// An id of 1 to 64 characters from `A-Z a-z 0-9 . _ -`, which are safe in a header and in any log.
#[derive(Clone)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// The id that [`assign`] gave to the request.
    pub(crate) fn of(request: &Request) -> Self {
        request
            .extensions()
            .get()
            .cloned()
            .unwrap_or_else(Self::new)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn new() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    fn parse(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let fits = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_safe);
        fits.then(|| Self(text.to_owned()))
    }
}

/// Middleware: keeps the id that the request has if it is a safe one, and makes a new one otherwise.
pub(crate) async fn assign(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(HEADER).and_then(RequestId::parse);
    let id = id.unwrap_or_else(RequestId::new);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::try_from(id.0) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_safe_ids_only() {
        let longest = "a".repeat(MAX_LENGTH);
        for (text, kept) in [
            ("Root-1.2_3", true),
            (longest.as_str(), true),
            ("", false),
            (&format!("{longest}a"), false),
            ("a b", false),
            ("a\"b", false),
            ("a=b", false),
        ] {
            let value = HeaderValue::from_str(text).unwrap();
            assert_eq!(RequestId::parse(&value).is_some(), kept, "{text}");
        }
        assert!(RequestId::parse(&HeaderValue::from_bytes(b"a\xff").unwrap()).is_none());
    }
}
