//! What `countersign serve` can be told, and what a value of each setting looks like.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use auth_crypto::Environment;
use auth_crypto::algorithm::{self, Algorithm};
use auth_rest::Origin;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use http::Uri;
use ipnet::IpNet;

use crate::args::{DataDirectory, PolicyFile};

const NOTES: &str = "\
Without any of these the server listens on this machine alone, keeps all in ./countersign-data, and \
prints how to make the first administrator.

JWT_SECRET_KEY, a variable only since arguments show in the list of processes, takes the place of \
the keys in the data directory: a private key as PEM or JWK, or a shared secret of at least 32 \
bytes. A variable that is set to nothing counts as unset.

SIGTERM and SIGINT stop the server: it accepts nothing new, lets open requests end for up to 10 s, \
and ends with status 0.

Examples:
  countersign serve
  countersign serve --listen 127.0.0.1:0 --data-dir /tmp/try
  countersign serve --listen 0.0.0.0:8080 --issuer https://auth.example.com \\
    --trusted-proxies 10.0.0.0/8 --policy /etc/countersign.toml --log-format json";

/// `countersign serve`: its flags, each with its variable.
#[derive(Args, Clone, Debug)]
#[command(after_help = NOTES, next_line_help = true)]
pub struct ServeSettings {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS", value_parser = parse_listen)]
    #[arg(default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub data: DataDirectory,
    #[command(flatten)]
    pub policy: PolicyFile,
    /// What `iss` of the tokens says: the URL that clients reach this server at [default in
    /// development: http:// and the address it listens on]
    #[arg(long, env = "COUNTERSIGN_ISSUER", value_name = "URL", value_parser = parse_issuer)]
    pub issuer: Option<String>,
    /// What `aud` of the tokens says
    #[arg(long, env = "COUNTERSIGN_AUDIENCE", value_name = "NAME", value_parser = parse_audience)]
    #[arg(default_value = "countersign")]
    pub audience: String,
    /// Origins whose pages may call this server from a browser, separated by commas
    #[arg(long, env = "COUNTERSIGN_ALLOWED_ORIGINS", value_name = "ORIGINS")]
    #[arg(value_delimiter = ',', value_parser = parse_origin)]
    pub allowed_origins: Vec<Origin>,
    /// Addresses or networks of proxies whose word on the client's address counts, separated by commas
    #[arg(long, env = "COUNTERSIGN_TRUSTED_PROXIES", value_name = "NETWORKS")]
    #[arg(value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxies: Vec<IpNet>,
    /// The algorithm of the keys that are made in the data directory
    #[arg(
        long,
        env = "COUNTERSIGN_SIGNING_ALGORITHM",
        value_name = "ALGORITHM",
        ignore_case = true
    )]
    #[arg(default_value = "EdDSA", value_parser = algorithm_parser())]
    pub signing_algorithm: Algorithm,
    /// How many requests may wait for a password to be hashed; one more is answered 503 at once
    /// [default: 16 for each core]
    #[arg(long, env = "COUNTERSIGN_HASH_QUEUE", value_name = "PLACES", value_parser = parse_places)]
    pub hash_queue: Option<usize>,
    /// What this server is for; examples of secrets, and issuers without TLS or on this machine, pass
    /// in development alone
    #[arg(long, env = "ENVIRONMENT", value_name = "NAME", ignore_case = true)]
    #[arg(default_value = "development", value_parser = environment_parser())]
    pub environment: Environment,
    #[command(flatten)]
    pub log: LogSettings,
}

/// How a command logs what it does.
#[derive(Args, Clone, Copy, Debug)]
pub struct LogSettings {
    /// The least severe events to log
    #[arg(
        id = "log-level",
        long,
        env = "LOG_LEVEL",
        value_name = "LEVEL",
        ignore_case = true
    )]
    #[arg(value_enum, default_value_t = LogLevel::Info)]
    pub level: LogLevel,
    /// How to log, to standard error: for people, or one JSON object a line
    #[arg(
        id = "log-format",
        long,
        env = "LOG_FORMAT",
        value_name = "FORMAT",
        ignore_case = true
    )]
    #[arg(value_enum, default_value_t = LogFormat::Text)]
    pub format: LogFormat,
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
    text.parse()
        .map_err(|_| "it is an IP address with a port, such as 127.0.0.1:8080")
}

/// A directory of keys makes no shared secrets, so HS256 is not among them.
pub fn algorithm_parser() -> impl TypedValueParser<Value = Algorithm> {
    const KNOWN: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];
    PossibleValuesParser::new(KNOWN.map(algorithm::name)).try_map(|text| {
        let is_named = |known: &Algorithm| algorithm::name(*known).eq_ignore_ascii_case(&text);
        KNOWN
            .into_iter()
            .find(is_named)
            .ok_or("it is not an algorithm")
    })
}

fn environment_parser() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(["development", "staging", "production"]).try_map(|text| {
        Environment::from_name(&text.to_lowercase()).ok_or("it is not an environment")
    })
}

fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "it is an address or a network, such as 10.0.0.0/8")
}

/// RFC 8414 §2, but for the scheme: `http` serves where a proxy or nobody else is near.
fn parse_issuer(text: &str) -> Result<String, &'static str> {
    const WANTED: &str = "it is an http or https URL without query and fragment";
    let url: Uri = text.parse().map_err(|_| WANTED)?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    if is_http && url.query().is_none() && !text.contains(['#', '@']) {
        Ok(text.to_owned())
    } else {
        Err(WANTED)
    }
}

fn parse_origin(text: &str) -> Result<Origin, &'static str> {
    let origin = text.trim().parse();
    origin
        .map_err(|_| "it is scheme and host as browsers send them, such as https://app.example.com")
}

fn parse_audience(text: &str) -> Result<String, &'static str> {
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err("it is a name without space around it");
    }
    Ok(text.to_owned())
}

fn parse_places(text: &str) -> Result<usize, &'static str> {
    let places = text
        .parse()
        .ok()
        .filter(|places| (1..=10_000).contains(places));
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
        assert_eq!(settings.signing_algorithm, Algorithm::EdDsa);
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
            assert_eq!(
                settings(&["--log-level", word]).unwrap().log.level,
                level,
                "{word}"
            );
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
        let networks: Vec<_> = settings
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(networks, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]);
        let origins =
            ["https://app.example.com", "http://localhost:3000"].map(str::parse::<Origin>);
        assert_eq!(settings.allowed_origins, origins.map(Result::unwrap));
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
        for argument in serve
            .get_arguments()
            .filter(|argument| argument.get_id() != "help")
        {
            assert!(argument.get_env().is_some(), "{argument}");
        }
    }
}
