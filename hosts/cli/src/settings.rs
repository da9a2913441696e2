//! What `countersign serve` can be told, and what a value of each setting looks like.

use std::net::SocketAddr;

use auth_composition::{LogFormat, LogLevel, values};
use auth_crypto::Environment;
use auth_crypto::algorithm::{self, Algorithm};
use auth_rest::Origin;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ipnet::IpNet;

use crate::args::{DataDirectory, PolicyFile};
use crate::database::DatabaseSettings;

const NOTES: &str = "\
Without any of these the server listens on this machine alone, keeps all in ./countersign-data, and \
prints how to make the first administrator.

JWT_SECRET_KEY, a variable only since arguments show in the list of processes, takes the place of \
the keys in the data directory: a private key as PEM or JWK, or a shared secret of at least 32 \
bytes. MONGODB_URI, a variable only for the same reason, names the database that takes the place of \
the store in the data directory; `countersign migrate` prepares it. A variable that is set to nothing \
counts as unset.

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
    #[arg(long, env = "COUNTERSIGN_ISSUER", value_name = "URL", value_parser = values::parse_issuer)]
    pub issuer: Option<String>,
    /// What `aud` of the tokens says
    #[arg(long, env = "COUNTERSIGN_AUDIENCE", value_name = "NAME", value_parser = values::parse_audience)]
    #[arg(default_value = "countersign")]
    pub audience: String,
    /// Origins whose pages may call this server from a browser, separated by commas
    #[arg(long, env = "COUNTERSIGN_ALLOWED_ORIGINS", value_name = "ORIGINS")]
    #[arg(value_delimiter = ',', value_parser = values::parse_origin)]
    pub allowed_origins: Vec<Origin>,
    /// Addresses or networks of proxies whose word on the client's address counts, separated by commas
    #[arg(long, env = "COUNTERSIGN_TRUSTED_PROXIES", value_name = "NETWORKS")]
    #[arg(value_delimiter = ',', value_parser = values::parse_network)]
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
    #[arg(long, env = "COUNTERSIGN_HASH_QUEUE", value_name = "PLACES", value_parser = values::parse_places)]
    pub hash_queue: Option<usize>,
    #[command(flatten)]
    pub database: DatabaseSettings,
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
    #[arg(default_value = "info", value_parser = log_level_parser())]
    pub level: LogLevel,
    /// How to log, to standard error: for people, or one JSON object a line
    #[arg(
        id = "log-format",
        long,
        env = "LOG_FORMAT",
        value_name = "FORMAT",
        ignore_case = true
    )]
    #[arg(default_value = "text", value_parser = log_format_parser())]
    pub format: LogFormat,
}

impl LogSettings {
    /// Starts logging. Once a process.
    pub fn start(self) {
        auth_composition::start_logging(self.level, self.format);
    }
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

/// By its name, in any case.
pub fn environment_parser() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(["development", "staging", "production"])
        .try_map(|text| values::parse_environment(&text))
}

fn log_level_parser() -> impl TypedValueParser<Value = LogLevel> {
    let known = [
        PossibleValue::new("error").alias("critical"),
        PossibleValue::new("warn").alias("warning"),
        PossibleValue::new("info"),
        PossibleValue::new("debug"),
        PossibleValue::new("trace"),
    ];
    PossibleValuesParser::new(known)
        .try_map(|text| LogLevel::from_name(&text).ok_or("it is not a level"))
}

fn log_format_parser() -> impl TypedValueParser<Value = LogFormat> {
    PossibleValuesParser::new(["text", "json"])
        .try_map(|text| LogFormat::from_name(&text).ok_or("it is not a format"))
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
        assert_eq!(settings.database.environment, Environment::Development);
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
