//! The client's name for itself.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

/// The `User-Agent` header as text; empty without one. The rules decide how much of it is stored.
pub(crate) struct UserAgent(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for UserAgent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read(&parts.headers)))
    }
}

fn read(headers: &HeaderMap) -> String {
    let value = headers
        .get(USER_AGENT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn user_agent_is_text() {
        for (value, text) in [
            (&b"curl/8"[..], "curl/8".to_owned()),
            ("Ünïcödé".as_bytes(), "Ünïcödé".to_owned()),
            (b"a\xff", "a\u{fffd}".to_owned()),
        ] {
            let value = HeaderValue::from_bytes(value).unwrap();
            assert_eq!(read(&HeaderMap::from_iter([(USER_AGENT, value)])), text);
        }
        assert_eq!(read(&HeaderMap::new()), "");
    }
}
