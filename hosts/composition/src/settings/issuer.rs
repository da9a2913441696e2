//! Checks the issuer, which is `iss` of the tokens. A verifier trusts the server that answers at
//! that URL. Outside development it must therefore be an `https` URL, so that no machine between
//! the two can answer, and must not be a URL of the verifier's own machine.

use std::net::IpAddr;

use anyhow::{Result, bail};
use http::Uri;

use super::environment::Environment;
use super::table::ISSUER;

/// Outside development, refuses an issuer that is missing or suits development only.
///
/// # Errors
/// When the issuer is refused, as one sentence that names the setting.
pub fn check(issuer: Option<&str>, environment: Environment) -> Result<()> {
    const WANTED: &str =
        "outside development (ENVIRONMENT) it is the https URL that clients reach the service at";
    let name = ISSUER.row.variable;
    match issuer {
        _ if environment == Environment::Development => Ok(()),
        None => bail!("{name} is not set: {WANTED}"),
        Some(issuer) if !is_public(issuer) => {
            bail!("{name} cannot be `{issuer}`: {WANTED}")
        }
        Some(_) => Ok(()),
    }
}

fn is_public(issuer: &str) -> bool {
    let url: Option<Uri> = issuer.parse().ok();
    url.is_some_and(|url| {
        url.scheme_str() == Some("https") && url.host().is_some_and(|host| !is_this_machine(host))
    })
}

/// Whether the host of a URL means the client's own machine (RFC 6761 §6.3).
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

    #[test]
    fn development_takes_any_and_needs_none() {
        for issuer in [None, Some("http://localhost:1"), Some("http://auth.test")] {
            assert!(check(issuer, Development).is_ok());
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
                assert!(check(Some(issuer), environment).is_ok(), "{issuer}");
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
                let error = check(issuer, environment).expect_err("a refusal");
                let error = error.to_string();
                assert!(error.starts_with("COUNTERSIGN_ISSUER "), "{error}");
                assert!(error.contains(issuer.unwrap_or("not set")), "{error}");
            }
        }
    }
}
