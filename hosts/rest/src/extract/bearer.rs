//! Access tokens in the `Authorization` header (RFC 6750 §2.1). The two other ways of that standard, a
//! form member and the query, are not supported.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use crate::problem::{Problem, kinds};

/// The header `Authorization` holds a token that cannot be one, or stands twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedBearer;

/// The unverified token of the only `Authorization: Bearer` header; `None` when the request has no
/// credentials or those of another scheme.
///
/// # Errors
/// When the header stands twice or is malformed.
pub fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, MalformedBearer> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(MalformedBearer);
    }
    let text = HeaderValue::to_str(value).map_err(|_| MalformedBearer)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = token.trim_start_matches(' ');
    is_token68(token)
        .then_some(Some(token))
        .ok_or(MalformedBearer)
}

/// The unverified token of the only `Authorization: Bearer` header.
pub(crate) struct Bearer(pub(crate) String);

impl Bearer {
    fn parse(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let token = bearer_token(headers).map_err(|MalformedBearer| {
            Problem::new(&kinds::INVALID_TOKEN).detail("the header is malformed")
        })?;
        Ok(token.map(|token| Self(token.to_owned())))
    }
}

/// Whether the text is a `token68` (RFC 9110 §11.2).
fn is_token68(text: &str) -> bool {
    let token = text.trim_end_matches('=');
    !token.is_empty()
        && token.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
        })
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(&parts.headers)?.ok_or_else(|| Problem::new(&kinds::TOKEN_REQUIRED))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        Self::parse(&parts.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(values: &[&'static [u8]]) -> Result<Option<String>, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        let bearer = Bearer::parse(&headers).map_err(|problem| problem.kind().slug)?;
        Ok(bearer.map(|Bearer(token)| token))
    }

    #[test]
    fn takes_the_one_token() {
        for value in [
            &b"Bearer a.b-c_d~e+f/g=="[..],
            b"bearer a.b-c_d~e+f/g==",
            b"BEARER   a.b-c_d~e+f/g==",
        ] {
            assert_eq!(parse(&[value]), Ok(Some("a.b-c_d~e+f/g==".to_owned())));
        }
    }

    #[test]
    fn other_schemes_are_no_token() {
        assert_eq!(parse(&[]), Ok(None));
        for value in [
            &b"Basic YTpi"[..],
            b"Bearertoken",
            b"Bearer\ttoken",
            b"",
            b"a.b.c",
        ] {
            assert_eq!(parse(&[value]), Ok(None), "{}", value.escape_ascii());
        }
    }

    #[test]
    fn refuses_malformed_headers() {
        let malformed: &[&[&'static [u8]]] = &[
            &[b"Bearer"],
            &[b"Bearer "],
            &[b"Bearer ="],
            &[b"Bearer a=b"],
            &[b"Bearer a b"],
            &[b"Bearer a,b"],
            &[b"Bearer \"a\""],
            &[b"Bearer a\xff"],
            &[b"Bearer a", b"Bearer a"],
            &[b"Basic YTpi", b"Bearer a"],
        ];
        for values in malformed {
            assert_eq!(
                parse(values),
                Err("invalid-token"),
                "{}",
                values[0].escape_ascii()
            );
        }
    }
}
