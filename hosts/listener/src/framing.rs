//! Checks of a request's head that HTTP/1.1 demands and that hyper leaves to its caller.

use http::header::{HOST, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{Request, StatusCode, Version};

/// The status for a request with an invalid head. In HTTP/1.1 it must have exactly one `Host`,
/// which is an authority or empty (RFC 9112 §3.2).
pub fn refusal<B>(request: &Request<B>) -> Option<StatusCode> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let sound = match (hosts.next(), hosts.next()) {
        (None, _) => request.version() != Version::HTTP_11,
        (Some(host), None) => host.is_empty() || is_authority(host.as_bytes()),
        (Some(_), Some(_)) => false,
    };
    (!sound).then_some(StatusCode::BAD_REQUEST)
}

fn is_authority(host: &[u8]) -> bool {
    !host.contains(&b'@') && Authority::try_from(host).is_ok()
}

/// Whether the connection must close after this request. It must if the request is refused, or if
/// `Transfer-Encoding` gives the length of its body. hyper then reads the chunks and may hide a
/// `Content-Length` that contradicts them. A proxy that trusted that length would take the rest of
/// the body for another request (RFC 9112 §6.1).
pub fn is_last<B>(request: &Request<B>) -> bool {
    let measured_by_chunks = request.headers().contains_key(TRANSFER_ENCODING);
    measured_by_chunks || refusal(request).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, hosts: &[&str]) -> Request<()> {
        let mut request = Request::builder().version(version);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn a_request_of_http_1_1_has_one_host() {
        for (version, hosts, sound) in [
            (Version::HTTP_11, &["auth.example.com"][..], true),
            (Version::HTTP_11, &["127.0.0.1:8080"], true),
            (Version::HTTP_11, &["[::1]:8080"], true),
            (Version::HTTP_11, &[""], true),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_2, &[], true),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_11, &["a", "a"], false),
            (Version::HTTP_10, &["a", "b"], false),
            (Version::HTTP_11, &["a b"], false),
            (Version::HTTP_11, &["a/b"], false),
            (Version::HTTP_11, &["user@a"], false),
        ] {
            let request = request(version, hosts);
            assert_eq!(refusal(&request).is_none(), sound, "{version:?} {hosts:?}");
            assert_eq!(is_last(&request), !sound);
        }
    }

    #[test]
    fn nothing_follows_a_body_of_chunks() {
        let mut request = request(Version::HTTP_11, &["a"]);
        let chunked = http::HeaderValue::from_static("chunked");
        request.headers_mut().insert(TRANSFER_ENCODING, chunked);
        assert!(refusal(&request).is_none() && is_last(&request));
    }
}
