//! The table of settings: every setting of the server and of the function, in the order of the
//! reference page.

use std::net::SocketAddr;
use std::path::PathBuf;

use auth_key_sets::Location;
use auth_rest::Origin;
use auth_runtime::{Algorithm, SecretText};

pub use super::connections::{
    CONNECTIONS, CONNECTIONS_PER_SOURCE, DRAIN_SECONDS, IDLE_SECONDS, METRICS_LISTEN,
};
use super::environment::Environment;
use super::parse;
pub use super::proxies::{PROXY_KEYS, TRUSTED_PROXIES};
use super::setting::{ROW, Row, Setting, Unset};
use crate::logging::{LogFormat, LogLevel};
use crate::source_names::LogSources;

/// `COUNTERSIGN_LISTEN`: the server's address and port.
pub static LISTEN: Setting<SocketAddr> = Setting {
    row: Row {
        variable: "COUNTERSIGN_LISTEN",
        flag: Some("listen"),
        value_name: "ADDRESS",
        help: "The address to listen on; port 0 takes a free one",
        server: Unset::Default("127.0.0.1:8080"),
        function: Unset::NotRead,
        ..ROW
    },
    parse: parse::listen,
};

/// `COUNTERSIGN_DATA_DIR`: the folder of the store and the keys.
pub static DATA_DIRECTORY: Setting<PathBuf> = Setting {
    row: Row {
        variable: "COUNTERSIGN_DATA_DIR",
        flag: Some("data-dir"),
        value_name: "DIRECTORY",
        help: "The directory of accounts, sessions and keys",
        server: Unset::Default("countersign-data"),
        function: Unset::NotRead,
        commands: &["users", "keys"],
        ..ROW
    },
    parse: parse::path,
};

/// `COUNTERSIGN_POLICY`: the path of the policy file.
pub static POLICY: Setting<PathBuf> = Setting {
    row: Row {
        variable: "COUNTERSIGN_POLICY",
        flag: Some("policy"),
        value_name: "FILE",
        help: "The policy file, such as countersign.toml; without one the defaults hold",
        server: Unset::Means("none: the defaults hold"),
        function: Unset::Means("none: the defaults hold"),
        function_details: "a file beside `bootstrap` in the zip",
        commands: &["users create"],
        authorizer: Unset::Means("none: any valid token passes"),
        ..ROW
    },
    parse: parse::path,
};

/// `COUNTERSIGN_ISSUER`: `iss` of the tokens.
pub static ISSUER: Setting<String> = Setting {
    row: Row {
        variable: "COUNTERSIGN_ISSUER",
        flag: Some("issuer"),
        value_name: "URL",
        help: "The URL at which clients reach the service; `iss` of the tokens",
        details: "Outside `development` it must be set, to an `https` URL of a host other than \
                  `localhost` and the like",
        server: Unset::Means("in development: `http://` and the address listened on"),
        function: Unset::Refused,
        function_details: "the URL at which clients reach the API, with its stage or path",
        authorizer: Unset::Refused,
        ..ROW
    },
    parse: parse::issuer,
};

/// `COUNTERSIGN_AUDIENCE`: `aud` of the tokens.
pub static AUDIENCE: Setting<String> = Setting {
    row: Row {
        variable: "COUNTERSIGN_AUDIENCE",
        flag: Some("audience"),
        value_name: "NAME",
        help: "The audience of the tokens, their `aud`",
        server: Unset::Default("countersign"),
        function: Unset::Default("countersign"),
        authorizer: Unset::Default("countersign"),
        ..ROW
    },
    parse: parse::audience,
};

/// `COUNTERSIGN_JWKS`: where a host that only verifies finds the keys of the issuer.
pub static JWKS: Setting<Location> = Setting {
    row: Row {
        variable: "COUNTERSIGN_JWKS",
        flag: Some("jwks"),
        value_name: "FILE|URL",
        help: "The public keys of the issuer: a JWKS file, or its https URL (http on this machine) \
               [default: /.well-known/jwks.json of the issuer]",
        server: Unset::NotRead,
        function: Unset::NotRead,
        authorizer: Unset::Means("`/.well-known/jwks.json` of the issuer"),
        ..ROW
    },
    parse: Location::parse,
};

/// `COUNTERSIGN_ALLOWED_ORIGINS`: the origins that CORS allows.
pub static ALLOWED_ORIGINS: Setting<Origin> = Setting {
    row: Row {
        variable: "COUNTERSIGN_ALLOWED_ORIGINS",
        flag: Some("allowed-origins"),
        value_name: "ORIGINS",
        help: "The origins whose pages may call from a browser (CORS), separated by commas",
        details: "There is no wildcard",
        is_list: true,
        ..ROW
    },
    parse: parse::origin,
};

/// `COUNTERSIGN_DESCRIPTION`: whether the service describes itself.
pub static DESCRIPTION: Setting<bool> = Setting {
    row: Row {
        variable: "COUNTERSIGN_DESCRIPTION",
        flag: Some("description"),
        value_name: "ON|OFF",
        help: "Whether the service describes itself to everybody: `/docs/`, `/openapi.json`, and its \
               version in `/healthz`",
        choices: &["on", "off"],
        server: Unset::Default("on"),
        function: Unset::Default("on"),
        ..ROW
    },
    parse: parse::on_or_off,
};

/// `COUNTERSIGN_SIGNING_ALGORITHM`: the algorithm of generated keys.
pub static SIGNING_ALGORITHM: Setting<Algorithm> = Setting {
    row: Row {
        variable: "COUNTERSIGN_SIGNING_ALGORITHM",
        flag: Some("signing-algorithm"),
        value_name: "ALGORITHM",
        help: "The algorithm of the keys that are made in the data directory",
        details: "Every common verifier knows ES256, and not all know EdDSA. Existing keys stay \
                  as they are. Also `--algorithm` of `keys rotate`, where the \
                  default is that of the key before",
        choices: &["ES256", "EdDSA", "RS256"],
        server: Unset::Default("ES256"),
        function: Unset::NotRead,
        ..ROW
    },
    parse: parse::signing_algorithm,
};

/// `COUNTERSIGN_HASH_QUEUE`: the number of requests that may wait for the hash pool.
pub static HASH_QUEUE: Setting<usize> = Setting {
    row: Row {
        variable: "COUNTERSIGN_HASH_QUEUE",
        flag: Some("hash-queue"),
        value_name: "PLACES",
        help: "How many requests may wait for a password to be hashed, 1 to 10000; one more is \
               answered 503 at once",
        server: Unset::Means("32 for each core"),
        function: Unset::Means("32 for each core"),
        ..ROW
    },
    parse: parse::hash_queue,
};

/// `ENVIRONMENT`: how strictly settings are checked.
pub static ENVIRONMENT: Setting<Environment> = Setting {
    row: Row {
        variable: "ENVIRONMENT",
        flag: Some("environment"),
        value_name: "NAME",
        help: "What this host is for; example keys, weak TLS, and issuers without TLS or on this \
               machine pass in development only",
        details: "In `staging` and `production` a `JWT_SECRET_KEY` that is an example is refused, and \
                  so is an issuer that is missing, without TLS or on this machine; TLS to the \
                  database is always on, and nothing may weaken it",
        choices: &["development", "staging", "production"],
        server: Unset::Means(
            "`production`; `development` where the server listens on loopback, the issuer is no \
             https URL, no proxy is trusted and `MONGODB_URI` names no other machine",
        ),
        // The function runs in the cloud, so the strict rules hold by default.
        function: Unset::Default("production"),
        commands: &["migrate", "users"],
        ..ROW
    },
    parse: Environment::parse,
};

/// `LOG_LEVEL`: the least severe events that are logged.
pub static LOG_LEVEL: Setting<LogLevel> = Setting {
    row: Row {
        variable: "LOG_LEVEL",
        flag: Some("log-level"),
        value_name: "LEVEL",
        help: "The least severe events to log",
        details: "`critical` and `warning` are understood. The audit log is kept at any level",
        choices: &["error", "warn", "info", "debug", "trace"],
        server: Unset::Default("info"),
        function: Unset::Default("info"),
        commands: &[
            "users create",
            "users disable",
            "users enable",
            "keys rotate",
            "keys rotate-secret",
            "keys retire",
        ],
        authorizer: Unset::Default("info"),
        ..ROW
    },
    parse: LogLevel::parse,
};

/// `LOG_FORMAT`: the format of log lines, text or JSON.
pub static LOG_FORMAT: Setting<LogFormat> = Setting {
    row: Row {
        variable: "LOG_FORMAT",
        flag: Some("log-format"),
        value_name: "FORMAT",
        help: "The format of the log on standard error: text for people, json for one flat object on \
               each line",
        choices: &["text", "json"],
        server: Unset::Default("text"),
        function: Unset::Default("json"),
        commands: &[
            "users create",
            "users disable",
            "users enable",
            "keys rotate",
            "keys rotate-secret",
            "keys retire",
        ],
        authorizer: Unset::Default("json"),
        ..ROW
    },
    parse: LogFormat::parse,
};

/// `COUNTERSIGN_LOG_SOURCES`: how the log names the sources of requests.
pub static LOG_SOURCES: Setting<LogSources> = Setting {
    row: Row {
        variable: "COUNTERSIGN_LOG_SOURCES",
        flag: Some("log-sources"),
        value_name: "FORM",
        help: "How the access log and the audit log name the source of a request",
        details: "`address`: an IPv4 address or an IPv6 /64; `hash`: a keyed hash of that, the same for \
                  the same source as long as the refresh secret is; `none`: not at all",
        choices: &["address", "hash", "none"],
        server: Unset::Default("address"),
        function: Unset::Default("address"),
        ..ROW
    },
    parse: LogSources::parse,
};

/// `JWT_SECRET_KEY`: the key that signs access tokens.
pub static JWT_SECRET_KEY: Setting<SecretText> = Setting {
    row: Row {
        variable: "JWT_SECRET_KEY",
        help: "The key that signs, in place of the keys in the data directory: an unencrypted PKCS#8 \
               private key in PEM, a private JWK, or a shared secret of at least 32 bytes (HS256)",
        is_secret: true,
        server: Unset::Means("none: keys in the data directory"),
        function: Unset::Refused,
        function_details: "the key, or a reference to a secret that holds it",
        ..ROW
    },
    parse: parse::secret,
};

/// `COUNTERSIGN_REFRESH_SECRET`: the secret that refresh tokens are derived from.
pub static REFRESH_SECRET: Setting<SecretText> = Setting {
    row: Row {
        variable: "COUNTERSIGN_REFRESH_SECRET",
        help: "With `JWT_SECRET_KEY`: the secret that refresh and device tokens are made with, at \
               least 32 bytes; with it a new `JWT_SECRET_KEY` ends no session",
        is_secret: true,
        server: Unset::Means("none: derived from `JWT_SECRET_KEY`"),
        function: Unset::Means("none: derived from `JWT_SECRET_KEY`"),
        function_details: "the secret, or a reference to one",
        ..ROW
    },
    parse: parse::secret,
};

/// `MONGODB_URI`: the connection string of the database.
pub static MONGODB_URI: Setting<SecretText> = Setting {
    row: Row {
        variable: "MONGODB_URI",
        help: "The database that takes the place of the store in the data directory, so that several \
               servers share it",
        details: "`mongodb://user:password@host:27017/database?option=value`, user and password \
                  percent-encoded",
        is_secret: true,
        server: Unset::Means("none: the store in the data directory"),
        function: Unset::Refused,
        function_details: "the cluster, without user and password where `COUNTERSIGN_MONGODB_SECRET` \
                           is set",
        commands: &["migrate", "users"],
        ..ROW
    },
    parse: parse::secret,
};

/// `COUNTERSIGN_MONGODB_SECRET`: a reference to the database's credentials. Only a reference is
/// accepted, but the value is kept out of errors because an operator may put the secret itself
/// there by mistake.
pub static MONGODB_SECRET: Setting<SecretText> = Setting {
    row: Row {
        variable: "COUNTERSIGN_MONGODB_SECRET",
        help: "The secret with `username` and `password` of the database: `secretsmanager:` and its \
               name, or its ARN",
        is_secret: true,
        server: Unset::NotRead,
        ..ROW
    },
    parse: parse::secret,
};

/// `COUNTERSIGN_MONGODB_USER_SECRET`: a reference to the credentials of the user that a migration
/// creates. It is kept out of errors, as that of [`MONGODB_SECRET`].
pub static MONGODB_USER_SECRET: Setting<SecretText> = Setting {
    row: Row {
        variable: "COUNTERSIGN_MONGODB_USER_SECRET",
        help: "Of the function whose handler is `migrate`: the secret with `username` and `password` \
               of the user whom it creates for the service, who may read and write the one database",
        is_secret: true,
        server: Unset::NotRead,
        function: Unset::Means("none: no user is created"),
        ..ROW
    },
    parse: parse::secret,
};

/// `COUNTERSIGN_SETUP_SECRET`: a reference to the secret that a migration writes the set-up token
/// to.
pub static SETUP_SECRET: Setting<SecretText> = Setting {
    row: Row {
        variable: "COUNTERSIGN_SETUP_SECRET",
        help: "Of the function whose handler is `migrate`: the secret that it writes the one-time \
               set-up token to, while there is no administrator",
        is_secret: true,
        server: Unset::NotRead,
        function: Unset::Means("none: no token is made"),
        ..ROW
    },
    parse: parse::secret,
};

/// `COUNTERSIGN_MONGODB_CA_FILE`: the authorities that sign the database's certificate.
pub static MONGODB_CA_FILE: Setting<PathBuf> = Setting {
    row: Row {
        variable: "COUNTERSIGN_MONGODB_CA_FILE",
        flag: Some("mongodb-ca-file"),
        value_name: "FILE",
        help: "The certificate authorities that vouch for the database, in PEM",
        details: "Goes before `tlsCAFile` of the connection string",
        server: Unset::Means("Amazon's for Amazon DocumentDB, public ones for other hosts"),
        function: Unset::Means("Amazon's for Amazon DocumentDB, public ones for other hosts"),
        commands: &["migrate", "users"],
        ..ROW
    },
    parse: parse::path,
};

/// `COUNTERSIGN_MONGODB_POOL`: the most connections of one process to the database.
pub static MONGODB_POOL: Setting<u32> = Setting {
    row: Row {
        variable: "COUNTERSIGN_MONGODB_POOL",
        flag: Some("mongodb-pool"),
        value_name: "CONNECTIONS",
        help: "The most connections of this process to the database, 1 to 1000",
        server: Unset::Means("2, or `maxPoolSize`"),
        function: Unset::Means("2, or `maxPoolSize`"),
        commands: &["migrate", "users"],
        ..ROW
    },
    parse: parse::pool,
};

/// All rows, in the order of the reference page.
pub static ROWS: [&Row; 29] = [
    &LISTEN.row,
    &METRICS_LISTEN.row,
    &CONNECTIONS.row,
    &CONNECTIONS_PER_SOURCE.row,
    &IDLE_SECONDS.row,
    &DRAIN_SECONDS.row,
    &DATA_DIRECTORY.row,
    &POLICY.row,
    &ISSUER.row,
    &AUDIENCE.row,
    &JWKS.row,
    &ALLOWED_ORIGINS.row,
    &TRUSTED_PROXIES.row,
    &PROXY_KEYS.row,
    &DESCRIPTION.row,
    &SIGNING_ALGORITHM.row,
    &HASH_QUEUE.row,
    &ENVIRONMENT.row,
    &LOG_LEVEL.row,
    &LOG_FORMAT.row,
    &LOG_SOURCES.row,
    &JWT_SECRET_KEY.row,
    &REFRESH_SECRET.row,
    &MONGODB_URI.row,
    &MONGODB_SECRET.row,
    &MONGODB_USER_SECRET.row,
    &SETUP_SECRET.row,
    &MONGODB_CA_FILE.row,
    &MONGODB_POOL.row,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_variable_and_flag_stands_once_and_has_help() {
        let variables: BTreeSet<_> = ROWS.iter().map(|row| row.variable).collect();
        assert_eq!(variables.len(), ROWS.len());
        let flags: Vec<_> = ROWS.iter().filter_map(|row| row.flag).collect();
        assert_eq!(flags.iter().collect::<BTreeSet<_>>().len(), flags.len());
        for row in ROWS {
            assert!(
                !row.help.is_empty() && !row.help.ends_with('.'),
                "{}",
                row.variable
            );
        }
    }

    #[test]
    fn a_secret_is_never_an_argument() {
        for row in ROWS {
            assert!(!(row.is_secret && row.flag.is_some()), "{}", row.variable);
        }
    }

    #[test]
    fn a_default_is_a_value_that_its_parser_takes() {
        fn check<T>(setting: &Setting<T>) {
            let Row {
                server,
                function,
                authorizer,
                ..
            } = setting.row;
            for unset in [server, function, authorizer] {
                if let Unset::Default(text) = unset {
                    assert!((setting.parse)(text).is_ok(), "{}", setting.row.variable);
                }
            }
            for choice in setting.row.choices {
                assert!((setting.parse)(choice).is_ok(), "{choice}");
            }
        }
        check(&LISTEN);
        check(&CONNECTIONS);
        check(&CONNECTIONS_PER_SOURCE);
        check(&IDLE_SECONDS);
        check(&DATA_DIRECTORY);
        check(&AUDIENCE);
        check(&DESCRIPTION);
        check(&SIGNING_ALGORITHM);
        check(&ENVIRONMENT);
        check(&LOG_LEVEL);
        check(&LOG_FORMAT);
        check(&LOG_SOURCES);
    }
}
