//! The environment of a server or command that is not told it: production, unless everything stays on
//! this machine.

use anyhow::Result;
use auth_composition::settings::{Environment, Host, Variables, table};
use auth_documentdb::is_on_this_machine;
use auth_runtime::SecretText;

use crate::settings::{DatabaseSettings, ServerSettings};

/// The environment of the server. Without `ENVIRONMENT` it is development when the server listens on
/// loopback, and issuer, proxies and database say nothing of other machines.
///
/// # Errors
/// When `MONGODB_URI` is not text.
pub fn of_server(settings: &ServerSettings) -> Result<Environment> {
    let uri = Variables::of_process(Host::Server).optional(&table::MONGODB_URI)?;
    let is_public = |issuer: &String| issuer.to_ascii_lowercase().starts_with("https:");
    let alone = settings.listen.ip().to_canonical().is_loopback()
        && !settings.issuer.as_ref().is_some_and(is_public)
        && settings.trusted_proxies.is_empty();
    Ok(match settings.database.environment {
        Some(environment) => environment,
        None if alone => of_database(&settings.database, uri.as_ref()),
        None => Environment::Production,
    })
}

/// The environment of a command that uses this database or, without one, a data directory.
pub fn of_database(settings: &DatabaseSettings, uri: Option<&SecretText>) -> Environment {
    settings.environment.unwrap_or_else(|| match uri {
        Some(uri) if !is_on_this_machine(uri) => Environment::Production,
        _ => Environment::Development,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::serve_line;

    fn environment(line: &str) -> Environment {
        let arguments: Vec<_> = line.split_whitespace().collect();
        of_server(&serve_line(&arguments).unwrap()).unwrap()
    }

    #[test]
    fn production_unless_nothing_leaves_this_machine() {
        for line in [
            "",
            "--listen 127.0.0.1:0",
            "--listen [::1]:80",
            "--listen 127.8.0.1:80 --issuer http://localhost:80",
            "--listen 0.0.0.0:80 --environment development",
        ] {
            assert_eq!(environment(line), Environment::Development, "{line}");
        }
        for line in [
            "--listen 0.0.0.0:80",
            "--listen [::]:80",
            "--listen 192.0.2.1:80",
            "--issuer https://auth.example.com",
            "--issuer HTTPS://auth.example.com",
            "--trusted-proxies 127.0.0.1",
            "--environment production",
        ] {
            assert_eq!(environment(line), Environment::Production, "{line}");
        }
        assert_eq!(environment("--environment staging"), Environment::Staging);
    }

    #[test]
    fn a_database_elsewhere_means_production() {
        let settings = serve_line(&[]).unwrap().database;
        for (uri, expected) in [
            (None, Environment::Development),
            (Some("mongodb://localhost/"), Environment::Development),
            (Some("mongodb://db.example.com/"), Environment::Production),
        ] {
            let uri = uri.map(|uri| SecretText::new(uri.to_owned()));
            assert_eq!(of_database(&settings, uri.as_ref()), expected);
        }
    }
}
