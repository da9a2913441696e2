//! Recognises the answer of hyper to a head that it cannot read, which has no body.

use http::StatusCode;

/// The longest bare answer, in bytes: a status line and three fields.
const LONGEST: usize = 256;
/// A field of every answer of the router, and of none of hyper.
const ROUTED: &str = "x-request-id:";

/// Where a bare answer begins, which is always the last that hyper writes, and its status.
pub fn find(written: &[u8]) -> Option<(usize, StatusCode)> {
    let rest = written.len().saturating_sub(LONGEST);
    let tail = written.get(rest..)?;
    let begins = tail.windows(9).rposition(|nine| nine == b"HTTP/1.1 ")?;
    let answer = std::str::from_utf8(tail.get(begins..)?).ok()?;
    let head = answer.strip_suffix("\r\n\r\n")?.to_ascii_lowercase();
    let status: StatusCode = head.get(9..12)?.parse().ok()?;
    let bare = head.contains("content-length: 0") && !head.contains(ROUTED);
    (status.is_client_error() && bare).then_some((rest.saturating_add(begins), status))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\
        content-length: 0\r\ndate: Sat, 28 Nov 2026 00:00:00 GMT\r\n\r\n";
    const ROUTED: &str = "HTTP/1.1 404 Not Found\r\nx-request-id: a\r\ncontent-length: 0\r\n\r\n";

    #[test]
    fn it_is_the_last_and_has_no_id() {
        let too_large = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        for (written, expected) in [
            (BARE.to_owned(), Some((0, too_large))),
            (format!("{ROUTED}{BARE}"), Some((ROUTED.len(), too_large))),
            (ROUTED.to_owned(), None),
            (format!("{BARE}{ROUTED}"), None),
            (format!("{BARE}x"), None),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned(),
                None,
            ),
            (String::new(), None),
        ] {
            assert_eq!(find(written.as_bytes()), expected, "{written}");
        }
    }
}
