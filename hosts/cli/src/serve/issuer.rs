//! What `iss` of the tokens says. Whoever checks a token trusts whoever answers at that URL, so outside
//! development it must be one that nobody on the way, and nobody on the verifier's own machine, can
//! answer for.

use std::net::IpAddr;

use anyhow::{Result, bail};
use auth_crypto::Environment;
use http::Uri;

/// The issuer of the settings; in development, without one, where the server listens.
///
/// # Errors
/// When there is none, or one that serves development alone.
pub fn choose(setting: Option<&str>, environment: Environment, url: &str) -> Result<String> {
    if environment == Environment::Development {
        return Ok(setting.unwrap_or(url).to_owned());
    }
    const WANTED: &str =
        "outside development it is the https URL that clients reach the service at";
    let Some(issuer) = setting else {
        bail!("COUNTERSIGN_ISSUER is not set: {WANTED}");
    };
    let parsed: Option<Uri> = issuer.parse().ok();
    let public = parsed.is_some_and(|uri| {
        uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !is_this_machine(host))
    });
    if !public {
        bail!("COUNTERSIGN_ISSUER cannot be `{issuer}`: {WANTED}");
    }
    Ok(issuer.to_owned())
}

/// Whether a host, as a URL has it, means whatever machine asks (RFC 6761 §6.3).
fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        let address = address.to_canonical();
        return address.is_loopback() || address.is_unspecified();
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Environment::{Development, Production, Staging};

    const URL: &str = "http://127.0.0.1:8080";

    #[test]
    fn development_takes_any_and_needs_none() {
        assert_eq!(choose(None, Development, URL).unwrap(), URL);
        for issuer in [
            "http://localhost:1",
            "http://auth.test",
            "https://a.example",
        ] {
            assert_eq!(choose(Some(issuer), Development, URL).unwrap(), issuer);
        }
    }

    #[test]
    fn elsewhere_it_is_an_https_url_of_another_machine() {
        for issuer in [
            "https://auth.example.com",
            "https://auth.example.com/tenant",
            "https://192.0.2.1:8443",
            "https://localhost.example.com",
        ] {
            for environment in [Staging, Production] {
                assert_eq!(choose(Some(issuer), environment, URL).unwrap(), issuer);
            }
        }
    }

    #[test]
    fn elsewhere_anything_else_is_refused_by_name() {
        for issuer in [
            None,
            Some("http://auth.example.com"),
            Some("https://localhost"),
            Some("https://LOCALHOST.:8080/x"),
            Some("https://auth.localhost"),
            Some("https://127.0.0.1:8080"),
            Some("https://127.8.8.8"),
            Some("https://[::1]:8080"),
            Some("https://[::ffff:127.0.0.1]"),
            Some("https://0.0.0.0"),
            Some("https://[::]"),
        ] {
            for environment in [Staging, Production] {
                let error = choose(issuer, environment, URL).expect_err("a refusal");
                let error = error.to_string();
                assert!(error.starts_with("COUNTERSIGN_ISSUER "), "{error}");
                assert!(error.contains(issuer.unwrap_or("not set")), "{error}");
            }
        }
    }
}
