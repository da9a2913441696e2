//! The issuer, the origins of CORS, and references to secrets.

use std::str;

use auth_aws::SecretReference;
use auth_composition::settings::{Environment, check_issuer};
use auth_rest::Origin;
use http::Uri;

/// In production an issuer is an https URL of another machine. A reference to a secret is
/// shown as it was written. An origin is never more than scheme, host and port.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    if check_issuer(Some(text), Environment::Production).is_ok() {
        let url: Uri = text.parse().expect("a URL");
        assert_eq!(url.scheme_str(), Some("https"));
        let host = url.host().expect("a host");
        assert!(
            !["localhost", "127.0.0.1", "[::1]"].contains(&host),
            "{host}"
        );
    }
    if let Ok(reference) = text.parse::<SecretReference>() {
        assert!(text.trim().ends_with(&reference.to_string()), "{reference}");
    }
    if text.parse::<Origin>().is_ok() {
        let (_, authority) = text.split_once("://").expect("a scheme");
        assert!(!authority.contains(['/', '?', '#', '@', '*']), "{text}");
    }
}
