//! The settings that are flags of the command line. The table in `auth_composition::settings`
//! describes each.

use std::net::SocketAddr;
use std::path::PathBuf;

use auth_composition::settings::{Environment, MetricsAddress, Row, Setting, Unset, table};
use auth_composition::{LogFormat, LogLevel, LogSources};
use auth_crypto::algorithm::Algorithm;
use auth_key_sets::Location;
use auth_rest::Origin;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, ArgAction, Args, Command};
use ipnet::IpNet;

const NOTES: &str = "\
Without any of these the server listens on this machine alone, keeps all its data in \
./countersign-data, and prints how to make the first administrator. The first start makes the data \
directory (mode 0700), a signing key and a store. The one-time token for the first administrator is in \
the file setup-token there until it is used; each start makes a new one, which is valid for 24 hours. It \
is printed to a terminal, and in development.

JWT_SECRET_KEY, a variable only since arguments show in the list of processes, replaces the \
keys in the data directory: a private key as PEM or JWK, or a shared secret of at least 32 bytes. MONGODB_URI, a variable only for the same reason, names the database that takes the place of \
the store in the data directory; `countersign migrate` prepares it. A variable that is set to nothing \
counts as unset.

SIGTERM and SIGINT stop the server. For a while it goes on serving and /readyz is 503 (--drain-seconds). \
Then it accepts nothing new, lets open requests end for up to 10 s, and ends with status 0.

Examples:
  countersign serve
  countersign serve --listen 127.0.0.1:0 --data-dir /tmp/try
  countersign serve --listen 0.0.0.0:8080 --issuer https://auth.example.com \\
    --trusted-proxies 10.0.0.0/8 --policy /etc/countersign.toml --log-format json";

/// The data directory.
#[derive(Args, Clone, Debug)]
pub struct DataDirectorySetting {
    #[arg(id = table::DATA_DIRECTORY.row.variable)]
    pub path: PathBuf,
}

/// The operator's policy.
#[derive(Args, Clone, Debug)]
pub struct PolicySetting {
    #[arg(id = table::POLICY.row.variable)]
    pub path: Option<PathBuf>,
}

/// How the database that `MONGODB_URI` names is reached.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    #[arg(id = table::MONGODB_CA_FILE.row.variable)]
    pub ca_file: Option<PathBuf>,
    #[arg(id = table::MONGODB_POOL.row.variable, value_parser = parser(&table::MONGODB_POOL))]
    pub pool: Option<u32>,
    #[arg(id = table::ENVIRONMENT.row.variable, value_parser = parser(&table::ENVIRONMENT))]
    /// `None` when it is not said; then `crate::environment` decides.
    pub environment: Option<Environment>,
}

/// How a command logs.
#[derive(Args, Clone, Copy, Debug)]
pub struct LogSettings {
    #[arg(id = table::LOG_LEVEL.row.variable, value_parser = parser(&table::LOG_LEVEL))]
    pub level: LogLevel,
    #[arg(id = table::LOG_FORMAT.row.variable, value_parser = parser(&table::LOG_FORMAT))]
    pub format: LogFormat,
}

impl LogSettings {
    /// Starts logging. A process must call this once.
    pub fn start(self) {
        auth_composition::start_logging(self.level, self.format);
    }
}

/// Where metrics are served, and what clients may hold.
#[derive(Args, Clone, Debug)]
pub struct ConnectionSettings {
    #[arg(id = table::METRICS_LISTEN.row.variable)]
    #[arg(value_parser = parser(&table::METRICS_LISTEN))]
    pub metrics: Option<MetricsAddress>,
    #[arg(id = table::CONNECTIONS.row.variable, value_parser = parser(&table::CONNECTIONS))]
    pub most: usize,
    #[arg(id = table::CONNECTIONS_PER_SOURCE.row.variable)]
    #[arg(value_parser = parser(&table::CONNECTIONS_PER_SOURCE))]
    pub most_per_source: usize,
    #[arg(id = table::IDLE_SECONDS.row.variable, value_parser = parser(&table::IDLE_SECONDS))]
    pub idle_seconds: u32,
    #[arg(id = table::DRAIN_SECONDS.row.variable, value_parser = parser(&table::DRAIN_SECONDS))]
    pub drain_seconds: Option<u32>,
}

/// The settings of `countersign serve`.
#[derive(Args, Clone, Debug)]
#[command(after_help = NOTES, next_line_help = true)]
pub struct ServerSettings {
    #[arg(id = table::LISTEN.row.variable, value_parser = parser(&table::LISTEN))]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub connections: ConnectionSettings,
    #[command(flatten)]
    pub data: DataDirectorySetting,
    #[command(flatten)]
    pub policy: PolicySetting,
    #[arg(id = table::ISSUER.row.variable, value_parser = parser(&table::ISSUER))]
    pub issuer: Option<String>,
    #[arg(id = table::AUDIENCE.row.variable, value_parser = parser(&table::AUDIENCE))]
    pub audience: String,
    #[arg(id = table::ALLOWED_ORIGINS.row.variable, value_parser = parser(&table::ALLOWED_ORIGINS))]
    pub allowed_origins: Vec<Origin>,
    #[arg(id = table::TRUSTED_PROXIES.row.variable, value_parser = parser(&table::TRUSTED_PROXIES))]
    pub trusted_proxies: Vec<IpNet>,
    /// Not a flag without a value, as clap would make of a `bool`.
    #[arg(id = table::DESCRIPTION.row.variable, action = ArgAction::Set)]
    #[arg(value_parser = parser(&table::DESCRIPTION))]
    pub description: bool,
    #[arg(id = table::SIGNING_ALGORITHM.row.variable)]
    #[arg(value_parser = parser(&table::SIGNING_ALGORITHM))]
    pub signing_algorithm: Algorithm,
    #[arg(id = table::HASH_QUEUE.row.variable, value_parser = parser(&table::HASH_QUEUE))]
    pub hash_queue: Option<usize>,
    #[arg(id = table::LOG_SOURCES.row.variable, value_parser = parser(&table::LOG_SOURCES))]
    pub log_sources: LogSources,
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub log: LogSettings,
}

const GATEWAY_NOTES: &str = "\
The gateway needs neither store nor secret: the public keys of the issuer, and the policy with its \
[[routes]]. Proxies ask it about each request, at /v1/forward-auth with X-Forwarded-Method and \
X-Forwarded-Uri, or below /ext-authz/ by the request's own method and path. It answers 200 with \
X-Auth-Subject, X-Auth-Roles, X-Auth-Client and X-Auth-Session, 401, 403, or 503 while it has no keys. \
/healthz and /readyz answer everybody.

Examples:
  countersign gateway --issuer https://auth.example.com --policy countersign.toml
  countersign gateway --issuer https://auth.example.com --audience shop \\
    --listen 0.0.0.0:8090 --trusted-proxies 10.0.0.0/8 --log-format json";

/// The settings of `countersign gateway`.
#[derive(Args, Clone, Debug)]
#[command(after_help = GATEWAY_NOTES, next_line_help = true)]
pub struct GatewaySettings {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    #[arg(env = table::LISTEN.row.variable, value_parser = parser(&table::LISTEN))]
    pub listen: SocketAddr,
    /// The issuer whose tokens pass: what `iss` must be
    #[arg(long, value_name = "URL")]
    #[arg(env = table::ISSUER.row.variable, value_parser = parser(&table::ISSUER))]
    pub issuer: String,
    #[arg(id = table::AUDIENCE.row.variable, value_parser = parser(&table::AUDIENCE))]
    pub audience: String,
    #[arg(id = table::JWKS.row.variable, value_parser = parser(&table::JWKS))]
    pub jwks: Option<Location>,
    /// The policy file with roles and routes; without one any valid token passes
    #[arg(long, value_name = "FILE", env = table::POLICY.row.variable)]
    pub policy: Option<PathBuf>,
    /// The addresses or networks of the proxies that are answered, separated by commas
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',')]
    #[arg(default_value = "127.0.0.0/8,::1/128", env = table::TRUSTED_PROXIES.row.variable)]
    #[arg(value_parser = parser(&table::TRUSTED_PROXIES))]
    pub trusted_proxies: Vec<IpNet>,
    #[command(flatten)]
    pub connections: ConnectionSettings,
    #[command(flatten)]
    pub log: LogSettings,
}

/// Gives flag, variable, help and default from the table to every argument whose id is the variable
/// of a setting.
pub fn describe(command: Command) -> Command {
    command
        .mut_args(|argument| {
            let row = table::ROWS
                .iter()
                .find(|row| argument.get_id() == row.variable);
            match row {
                Some(row) => describe_argument(argument, row),
                None => argument,
            }
        })
        .mut_subcommands(describe)
}

fn describe_argument(argument: Arg, row: &'static Row) -> Arg {
    let argument = argument
        .long(row.flag)
        .env(row.variable)
        .value_name(row.value_name);
    let argument = match row.is_list {
        true => argument.value_delimiter(','),
        false => argument,
    };
    match row.server {
        Unset::Default(value) => argument.help(row.help).default_value(value).required(false),
        Unset::Means(words) if !words.starts_with("none") => {
            argument.help(format!("{} [default: {words}]", row.help))
        }
        _ => argument.help(row.help),
    }
}

/// The parser of a setting in the form that clap takes.
pub fn parser<T: Clone + Send + Sync>(
    setting: &'static Setting<T>,
) -> impl TypedValueParser<Value = T> {
    SettingParser(setting)
}

#[derive(Clone)]
struct SettingParser<T: 'static>(&'static Setting<T>);

impl<T: Clone + Send + Sync> TypedValueParser for SettingParser<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<T, clap::Error> {
        TypedValueParser::parse_ref(&self.0.parse, command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let choices = self.0.row.choices;
        (!choices.is_empty()).then(|| {
            Box::new(choices.iter().map(PossibleValue::new)) as Box<dyn Iterator<Item = _>>
        })
    }
}

#[cfg(test)]
#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    settings: ServerSettings,
}

/// The settings that these arguments of `serve` lead to.
#[cfg(test)]
pub(crate) fn serve_line(arguments: &[&str]) -> Result<ServerSettings, clap::Error> {
    use clap::{CommandFactory as _, FromArgMatches as _};

    let line = ["serve"].iter().chain(arguments);
    let matches = describe(Line::command()).try_get_matches_from(line)?;
    ServerSettings::from_arg_matches(&matches)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::serve_line as settings;
    use super::*;

    #[test]
    fn serves_this_machine_alone_when_told_nothing() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.audience, "countersign");
        assert_eq!(settings.signing_algorithm, Algorithm::Es256);
        assert_eq!(settings.database.environment, None);
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
            "10.0.0.0/8, 192.0.2.1,2001:db8::/32,::ffff:172.16.0.0/108",
            "--allowed-origins",
            "https://app.example.com, http://localhost:3000",
        ])
        .unwrap();
        let networks: Vec<_> = settings
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            networks,
            [
                "10.0.0.0/8",
                "192.0.2.1/32",
                "2001:db8::/32",
                "172.16.0.0/12"
            ]
        );
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
            ("--trusted-proxies", "10.0.0.0/8,0.0.0.0/0"),
            ("--trusted-proxies", "::/0"),
            ("--trusted-proxies", "::ffff:0.0.0.0/96"),
            ("--trusted-proxies", "::ffff:0.0.0.0/90"),
            ("--metrics-listen", "on"),
            ("--connections", "15"),
            ("--connections-per-source", "0"),
            ("--idle-seconds", "0"),
            ("--idle-seconds", "3601"),
            ("--drain-seconds", "301"),
            ("--description", "yes"),
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
        let serve = describe(Line::command());
        for argument in serve
            .get_arguments()
            .filter(|argument| argument.get_id() != "help")
        {
            assert!(argument.get_env().is_some(), "{argument}");
            assert!(argument.get_long().is_some(), "{argument}");
        }
    }
}
