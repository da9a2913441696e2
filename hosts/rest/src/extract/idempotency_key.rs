//! The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header), by which a client marks a
//! request and its repetitions: an RFC 9651 string, for instance `"8e03978e-40d5-43dd-bc93-6894a57f9324"`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use crate::problem::{InputError, Place, Problem};

/// The header `Idempotency-Key`.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// A shorter key could be guessed, and whoever has the key counts as the client that chose it.
const MIN_LENGTH: usize = 16;
const MAX_LENGTH: usize = 255;

/// The text of the header, or `None` when the request has no such header.
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(&parts.headers).map(Self).map_err(refusal)
    }
}

fn refusal((code, detail): (&'static str, &'static str)) -> Problem {
    Problem::invalid_request(vec![InputError {
        place: Place::Header("Idempotency-Key".to_owned()),
        code,
        detail: detail.into(),
    }])
}

fn parse(headers: &HeaderMap) -> Result<Option<String>, (&'static str, &'static str)> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = values
        .next()
        .map_or_else(|| string(value.as_bytes()), |_| None);
    let text = text.ok_or((
        "not-a-string",
        "the header is one string in double quotes (RFC 9651)",
    ))?;
    match text.len() {
        ..MIN_LENGTH => Err(("too-short", "a key has at least 16 characters")),
        MIN_LENGTH..=MAX_LENGTH => Ok(Some(text)),
        _ => Err(("too-long", "a key has at most 255 characters")),
    }
}

/// Reads an RFC 9651 string (§4.2.5) that is the whole value. Parameters are refused, for the header
/// defines none.
fn string(value: &[u8]) -> Option<String> {
    let quoted = value
        .trim_ascii()
        .strip_prefix(b"\"")?
        .strip_suffix(b"\"")?;
    let mut text = String::new();
    let mut bytes = quoted.iter().copied();
    while let Some(byte) = bytes.next() {
        let literal = match byte {
            b'\\' => bytes.next().filter(|byte| matches!(byte, b'"' | b'\\'))?,
            b'"' => return None,
            b' '..=b'~' => byte,
            _ => return None,
        };
        text.push(char::from(literal));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn parsed(values: &[&[u8]]) -> Result<Option<String>, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
        }
        parse(&headers).map_err(|(code, _)| code)
    }

    #[test]
    fn a_key_is_one_quoted_string_of_bounded_length() {
        let quoted = |length| format!("\"{}\"", "k".repeat(length)).into_bytes();
        assert_eq!(parsed(&[]), Ok(None));
        for (value, expected) in [
            (&b"\"0123456789abcdef\""[..], Ok("0123456789abcdef")),
            (b" \"0123456789abcdef\" ", Ok("0123456789abcdef")),
            (br#""a \"quoted\" \\ key""#, Ok(r#"a "quoted" \ key"#)),
            (&quoted(255), Ok("k".repeat(255).as_str())),
            (&quoted(256), Err("too-long")),
            (b"\"0123456789abcde\"", Err("too-short")),
            (b"\"\"", Err("too-short")),
            (b"", Err("not-a-string")),
            (b"\"", Err("not-a-string")),
            (b"0123456789abcdef", Err("not-a-string")),
            (b"\"0123456789abcdef", Err("not-a-string")),
            (b"\"0123456789abcdef\";a=1", Err("not-a-string")),
            (
                b"\"0123456789abcdef\", \"0123456789abcdef\"",
                Err("not-a-string"),
            ),
            (b"\"0123456789\"bcdef\"", Err("not-a-string")),
            (br#""0123456789abcdef\""#, Err("not-a-string")),
            (br#""0123456789\abcdef""#, Err("not-a-string")),
            (b"\"0123456789abcd\xc3\xa9f\"", Err("not-a-string")),
            (b"\"0123456789\tabcdef\"", Err("not-a-string")),
        ] {
            let expected = expected.map(|text: &str| Some(text.to_owned()));
            assert_eq!(parsed(&[value]), expected, "{}", value.escape_ascii());
        }
        let twice: &[u8] = b"\"0123456789abcdef\"";
        assert_eq!(parsed(&[twice, twice]), Err("not-a-string"));
    }
}
