//! What `countersign serve` can be told, and what a value of each setting looks like.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};
use http::Uri;
use ipnet::IpNet;

use crate::args::{DataDirectory, PolicyFile};

const NOTES: &str = "\
Without any of these the server listens on this machine alone, keeps all in ./countersign-data, and
prints how to make the first administrator.

JWT_SECRET_KEY, a variable only since arguments show in the list of processes, takes the place of the
keys in the data directory: a private key as PEM or JWK, or a shared secret of at least 32 bytes.
A variable that is set to nothing counts as unset.

Signals: TERM and INT stop accepting, let open requests end for up to 10 s, and end with status 0.

Examples:
  countersign serve
  countersign serve --listen 127.0.0.1:0 --data-dir /tmp/try
  countersign serve --listen 0.0.0.0:8080 --issuer https://auth.example.com \\
    --trusted-proxies 10.0.0.0/8 --policy /etc/countersign.toml --log-format json";

/// `countersign serve`: its flags, each with its variable.
#[derive(Args, Clone, Debug)]
#[command(after_help = NOTES)]
pub struct ServeSettings {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS", value_parser = parse_listen)]
    #[arg(default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub data: DataDirectory,
    #[command(flatten)]
    pub policy: PolicyFile,
    /// What `iss` of the tokens says: the URL that clients reach this server at [default: http:// and
    /// the address it listens on]
    #[arg(long, env = "COUNTERSIGN_ISSUER", value_name = "URL", value_parser = parse_issuer)]
    pub issuer: Option<String>,
    /// What `aud` of the tokens says
    #[arg(long, env = "COUNTERSIGN_AUDIENCE", value_name = "NAME", value_parser = parse_audience)]
    #[arg(default_value = "countersign")]
    pub audience: String,
    /// Origins whose pages may call this server from a browser, separated by commas
    #[arg(long, env = "COUNTERSIGN_ALLOWED_ORIGINS", value_name = "ORIGINS")]
    #[arg(value_delimiter = ',', value_parser = parse_origin)]
    pub allowed_origins: Vec<String>,
    /// Addresses or networks of proxies whose word on the client's address counts, separated by commas
    #[arg(long, env = "COUNTERSIGN_TRUSTED_PROXIES", value_name = "NETWORKS")]
    #[arg(value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxies: Vec<IpNet>,
    /// The algorithm of the keys that are made in the data directory
    #[arg(long, env = "COUNTERSIGN_SIGNING_ALGORITHM", value_name = "ALGORITHM", ignore_case = true)]
    #[arg(value_enum, default_value_t = SigningAlgorithm::EdDsa)]
    pub signing_algorithm: SigningAlgorithm,
    /// How many passwords may wait to be hashed; more are answered 503 at once
    #[arg(long, env = "COUNTERSIGN_HASH_QUEUE", value_name = "PLACES", value_parser = parse_places)]
    #[arg(default_value = "64")]
    pub hash_queue: NonZeroUsize,
    /// What this server is for; examples of secrets pass in development alone
    #[arg(long, env = "ENVIRONMENT", value_name = "NAME", ignore_case = true)]
    #[arg(value_enum, default_value_t = Environment::Development)]
    pub environment: Environment,
    /// The least severe events to log
    #[arg(long, env = "LOG_LEVEL", value_name = "LEVEL", ignore_case = true)]
    #[arg(value_enum, default_value_t = LogLevel::Info)]
    pub log_level: LogLevel,
    /// How to log, to standard error: for people, or one JSON object a line
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT", ignore_case = true)]
    #[arg(value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// The variable that takes the place of the keys in the data directory.
pub const SECRET_VARIABLE: &str = "JWT_SECRET_KEY";

/// The key material of `JWT_SECRET_KEY`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// What the variable holds, `None` when it is unset or empty.
    ///
    /// # Errors
    /// When it is no UTF-8.
    pub fn from_environment() -> anyhow::Result<Option<Self>> {
        match std::env::var(SECRET_VARIABLE) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Ok(Some(Self(text))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                anyhow::bail!("{SECRET_VARIABLE} cannot be used: it is no UTF-8 text")
            }
        }
    }

    /// The material itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The algorithm of a key that signs access tokens (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SigningAlgorithm {
    /// Ed25519.
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    #[value(name = "ES256")]
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256.
    #[value(name = "RS256")]
    Rs256,
}

/// What a deployment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Environment {
    Development,
    Staging,
    Production,
}

/// The least severe events that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum LogLevel {
    #[value(alias = "critical")]
    Error,
    #[value(alias = "warning")]
    Warn,
    Info,
    Debug,
    Trace,
}

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum LogFormat {
    Text,
    Json,
}

fn parse_listen(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "it is an IP address with a port, such as 127.0.0.1:8080")
}

fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    let network = text.parse().or_else(|_| text.parse().map(IpNet::from));
    network.map_err(|_| "it is an address or a network, such as 10.0.0.0/8")
}

/// RFC 8414 §2, but for the scheme: `http` serves where a proxy or nobody else is near.
fn parse_issuer(text: &str) -> Result<String, &'static str> {
    const WANTED: &str = "it is an http or https URL without query and fragment";
    let url = parse_url(text).ok_or(WANTED)?;
    if url.query().is_some() || text.contains('#') {
        return Err(WANTED);
    }
    Ok(text.to_owned())
}

/// RFC 6454 §6.2: what a browser sends as `Origin`, compared byte by byte.
fn parse_origin(text: &str) -> Result<String, &'static str> {
    const WANTED: &str = "it is a scheme and a host in lower case, such as https://app.example.com";
    let text = text.trim();
    let url = parse_url(text).ok_or(WANTED)?;
    let authority = url.authority().ok_or(WANTED)?.as_str();
    let origin = format!("{}://{authority}", url.scheme_str().ok_or(WANTED)?);
    if origin == text && text == text.to_lowercase() { Ok(origin) } else { Err(WANTED) }
}

/// An absolute URL of HTTP without user information.
fn parse_url(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    let authority = url.authority()?.as_str();
    (is_http && !authority.contains('@')).then_some(url)
}

fn parse_audience(text: &str) -> Result<String, &'static str> {
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err("it is a name without space around it");
    }
    Ok(text.to_owned())
}

fn parse_places(text: &str) -> Result<NonZeroUsize, &'static str> {
    let places = text.parse().ok().filter(|places: &NonZeroUsize| places.get() <= 10_000);
    places.ok_or("it is a number from 1 to 10000")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn settings(arguments: &[&str]) -> Result<ServeSettings, clap::Error> {
        let line = ["countersign", "serve"].iter().chain(arguments);
        match Cli::try_parse_from(line)?.command {
            Command::Serve(settings) => Ok(*settings),
            _ => unreachable!("the command line says serve"),
        }
    }

    #[test]
    fn serves_this_machine_alone_when_told_nothing() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.audience, "countersign");
        assert_eq!(settings.signing_algorithm, SigningAlgorithm::EdDsa);
        assert_eq!(settings.environment, Environment::Development);
        assert!(settings.issuer.is_none() && settings.trusted_proxies.is_empty());
    }

    #[test]
    fn takes_the_words_of_the_predecessor() {
        for (word, level) in [
            ("INFO", LogLevel::Info),
            ("WARNING", LogLevel::Warn),
            ("critical", LogLevel::Error),
            ("Debug", LogLevel::Debug),
        ] {
            assert_eq!(settings(&["--log-level", word]).unwrap().log_level, level, "{word}");
        }
    }

    #[test]
    fn takes_lists_apart() {
        let settings = settings(&[
            "--trusted-proxies",
            "10.0.0.0/8, 192.0.2.1,2001:db8::/32",
            "--allowed-origins",
            "https://app.example.com, http://localhost:3000",
        ])
        .unwrap();
        let networks: Vec<_> = settings.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]);
        assert_eq!(settings.allowed_origins, ["https://app.example.com", "http://localhost:3000"]);
    }

    #[test]
    fn refuses_what_a_setting_does_not_take() {
        for (flag, value) in [
            ("--listen", "localhost"),
            ("--listen", "127.0.0.1:65536"),
            ("--issuer", "ftp://auth.example.com"),
            ("--issuer", "https://auth.example.com?x=1"),
            ("--issuer", "https://auth.example.com#x"),
            ("--issuer", "https://user@auth.example.com"),
            ("--issuer", "/relative"),
            ("--audience", " shop"),
            ("--allowed-origins", "https://app.example.com/"),
            ("--allowed-origins", "https://App.example.com"),
            ("--allowed-origins", "*"),
            ("--allowed-origins", "https://a.example.com,,"),
            ("--trusted-proxies", "10.0.0.0/33"),
            ("--signing-algorithm", "HS256"),
            ("--hash-queue", "0"),
            ("--hash-queue", "10001"),
            ("--environment", "qa"),
            ("--log-level", "loud"),
            ("--log-format", "xml"),
        ] {
            let refused = settings(&[flag, value]).err().map(|error| error.kind());
            let kinds = [
                Some(clap::error::ErrorKind::InvalidValue),
                Some(clap::error::ErrorKind::ValueValidation),
            ];
            assert!(kinds.contains(&refused), "{flag} {value}: {refused:?}");
        }
    }

    #[test]
    fn a_secret_does_not_show() {
        assert_eq!(format!("{:?}", Secret("hunter2".to_owned())), "Secret(…)");
    }

    #[test]
    fn every_setting_has_a_variable() {
        let command = <Cli as clap::CommandFactory>::command();
        let serve = command.find_subcommand("serve").unwrap();
        for argument in serve.get_arguments().filter(|argument| argument.get_id() != "help") {
            assert!(argument.get_env().is_some(), "{argument}");
        }
    }
}
