//! The id of a request, in its answer and in the log.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use crate::proxies::Proxies;

/// The header `X-Request-Id`.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 64;

/// The invocation that a request belongs to, on a host that runs in invocations. The host adds it to the
/// extensions of the request, and the access log has it.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// The host's id of the invocation, which becomes the id of the request.
    pub request_id: Option<String>,
    /// The trace id of the host's tracing system.
    pub trace_id: Option<String>,
    /// Whether this is the first invocation of its process.
    pub cold: Option<bool>,
}

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

    fn parse(text: &str) -> Option<Self> {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let fits = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_safe);
        fits.then(|| Self(text.to_owned()))
    }
}

/// Middleware: keeps the id that a trusted proxy sent or that the host gave, if it is a safe one, and
/// makes a new one otherwise. An id that any client could choose would let its lines in the log pass for
/// those of another.
pub(crate) async fn assign(
    State(proxies): State<Proxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = sent(&proxies, &request).or_else(|| given(&request));
    let id = id.unwrap_or_else(RequestId::new);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::try_from(id.0) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn sent(proxies: &Proxies, request: &Request) -> Option<RequestId> {
    let value = request.headers().get(HEADER)?;
    let believed = proxies.sent(request.extensions());
    let text = value.to_str().ok().filter(|_| believed)?;
    RequestId::parse(text)
}

fn given(request: &Request) -> Option<RequestId> {
    let invocation: &Invocation = request.extensions().get()?;
    RequestId::parse(invocation.request_id.as_deref()?)
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
            assert_eq!(RequestId::parse(text).is_some(), kept, "{text}");
        }
    }
}
