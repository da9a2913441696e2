//! Content coding: the executable holds files compressed, and a client that does not accept gzip gets
//! them decompressed.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{LazyLock, PoisonError, RwLock};

use axum::body::Bytes;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;

use crate::problem::{Problem, kinds};

/// The bytes of a file, as the executable holds them.
pub(super) enum Coded {
    Plain(Bytes),
    Gzip(Bytes),
}

/// The answer with a file, for a client that sent these headers.
pub(super) fn answer(
    name: &str,
    media_type: &str,
    file: Coded,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (bytes, is_coded) = match file {
        Coded::Plain(bytes) => (bytes, false),
        Coded::Gzip(bytes) if accepts_gzip(headers) => (bytes, true),
        Coded::Gzip(bytes) => {
            let plain = plain(name, &bytes);
            let plain = plain.ok_or_else(|| Problem::new(&kinds::INTERNAL_ERROR))?;
            (plain, false)
        }
    };
    let mut response = (
        [(CONTENT_TYPE, media_type)],
        [(CACHE_CONTROL, "no-cache")],
        [(VARY, "accept-encoding")],
        bytes,
    )
        .into_response();
    if is_coded {
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(CONTENT_ENCODING, gzip);
    }
    Ok(response)
}

/// Whether the client says that it accepts gzip (RFC 9110 §12.5.3). Without the header any coding
/// is allowed, but a client that omits it is most often a program that shows the bytes that it
/// gets.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let entries = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(weigh);
    let (mut named, mut any) = (None, false);
    for (coding, accepted) in entries {
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            named = Some(accepted);
        } else if coding == "*" {
            any = accepted;
        }
    }
    named.unwrap_or(any)
}

/// A coding, and whether its weight is more than 0. A malformed weight counts as 0.
fn weigh(entry: &str) -> (&str, bool) {
    let (coding, parameter) = entry.split_once(';').unwrap_or((entry, "q=1"));
    let parameter = parameter.trim();
    let weight = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="));
    let weight: f32 = weight.and_then(|q| q.trim().parse().ok()).unwrap_or(0.0);
    (coding.trim(), weight > 0.0)
}

/// The decompressed bytes of a file, kept for the next request. There is one entry for each file in the
/// executable.
fn plain(name: &str, compressed: &[u8]) -> Option<Bytes> {
    static PLAIN: LazyLock<RwLock<HashMap<String, Bytes>>> = LazyLock::new(RwLock::default);
    let kept = PLAIN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = kept.get(name) {
        return Some(bytes.clone());
    }
    drop(kept);
    let mut bytes = Vec::new();
    GzDecoder::new(compressed).read_to_end(&mut bytes).ok()?;
    let bytes = Bytes::from(bytes);
    let mut kept = PLAIN.write().unwrap_or_else(PoisonError::into_inner);
    kept.insert(name.to_owned(), bytes.clone());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn gzip_needs_a_header_that_accepts_it() {
        for (values, accepted) in [
            (&[][..], false),
            (&["gzip"], true),
            (&["GZIP"], true),
            (&["x-gzip"], true),
            (&["deflate, gzip;q=1.0, *;q=0.5"], true),
            (&["br", "gzip"], true),
            (&["gzip;q=0.001"], true),
            (&["*"], true),
            (&["gzip ; q=0.5"], true),
            (&[""], false),
            (&["identity"], false),
            (&["br, deflate"], false),
            (&["gzip;q=0"], false),
            (&["gzip;q=0.000, *"], false),
            (&["*;q=0"], false),
            (&["gzip;q=much"], false),
            (&["gzipped"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(accepts_gzip(&headers), accepted, "{values:?}");
        }
    }

    #[test]
    fn plain_bytes_are_not_decompressed() {
        assert_eq!(plain("no such page", b"plain text"), None);
    }
}
