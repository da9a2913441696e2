//! Finds the path of the service that an event asks for.

/// Whether API Gateway generated this domain. The paths of a generated domain begin with the stage,
/// and those of a custom domain with the path that the API is mapped to.
pub fn is_generated(domain: &str) -> bool {
    domain.contains(".execute-api.")
}

/// The path without the prefix under which clients reach the service, as they sent it: nothing in
/// it is resolved or decoded, so that it means what it means to the server.
///
/// What no path may hold is percent-encoded (RFC 3986 §3.3), because API Gateway hands on some
/// paths decoded.
pub fn service_path(path: &str, prefix: Option<&str>) -> String {
    let rest = prefix.and_then(|prefix| without(path, prefix));
    let path = encode(rest.unwrap_or(path), b"/:@!$&'()*+,;=");
    match path.starts_with('/') {
        true => path,
        false => format!("/{path}"),
    }
}

/// The query with what no query may hold percent-encoded (RFC 3986 §3.4).
pub fn service_query(query: &str) -> String {
    encode(query, b"/?:@!$&'()*+,;=")
}

/// A name or value of a query that API Gateway has decoded.
pub fn encode_component(text: &str) -> String {
    encode(&text.replace('%', "%25"), b"")
}

/// The rest of the path after the prefix, if the prefix ends at the end of a segment.
fn without<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    match path.strip_prefix(prefix)? {
        "" => Some("/"),
        rest => rest.starts_with('/').then_some(rest),
    }
}

/// Encodes all bytes but the unreserved ones, those of `kept`, and escapes that are there already.
fn encode(text: &str, kept: &[u8]) -> String {
    let bytes = text.as_bytes();
    let is_digit = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_hexdigit);
    let mut encoded = String::with_capacity(text.len());
    for (place, byte) in bytes.iter().enumerate() {
        let is_escape = *byte == b'%' && is_digit(place + 1) && is_digit(place + 2);
        let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        if is_escape || is_unreserved || kept.contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_taken_off_once_and_nothing_else_is_changed() {
        for (path, prefix, expected) in [
            ("/v1/login", None, "/v1/login"),
            ("/prod/v1/login", Some("/prod"), "/v1/login"),
            ("/v1/v1/login", Some("/v1"), "/v1/login"),
            ("/prod", Some("/prod"), "/"),
            ("/prod/", Some("/prod"), "/"),
            ("/prodigy", Some("/prod"), "/prodigy"),
            ("/auth/docs/", Some("/auth"), "/docs/"),
            ("/author", Some("/auth"), "/author"),
            ("", None, "/"),
            ("*", None, "/*"),
            ("//healthz", None, "//healthz"),
            ("/healthz/../v1/me", None, "/healthz/../v1/me"),
            ("/%2e%2e/healthz", None, "/%2e%2e/healthz"),
            ("/prod/../v1/me", Some("/prod"), "/../v1/me"),
            ("/a b/\u{fc}", None, "/a%20b/%C3%BC"),
            ("/a?b#c", None, "/a%3Fb%23c"),
            ("/%zz%4", None, "/%25zz%254"),
            ("/a\0\r\n", None, "/a%00%0D%0A"),
        ] {
            assert_eq!(service_path(path, prefix), expected, "{path}");
        }
    }

    #[test]
    fn a_query_is_one_again() {
        assert_eq!(service_query("a=1&b=%20?/"), "a=1&b=%20?/");
        assert_eq!(service_query("a=\u{fc} #"), "a=%C3%BC%20%23");
        assert_eq!(encode_component("a&b=c d%20+"), "a%26b%3Dc%20d%2520%2B");
    }

    #[test]
    fn generated_domains_are_known() {
        assert!(is_generated("a1b2c3.execute-api.eu-west-1.amazonaws.com"));
        assert!(is_generated(
            "a1b2c3.execute-api.cn-north-1.amazonaws.com.cn"
        ));
        assert!(!is_generated("auth.example.com"));
        assert!(!is_generated("a1b2c3.lambda-url.eu-west-1.on.aws"));
    }
}
