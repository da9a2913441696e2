//! The settings of the function. Lambda starts it without arguments, so all are variables.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};
use auth_aws::SecretReference;
use auth_composition::settings::{
    Environment, Host, Setting, Variables, check_issuer, check_proxies, table,
};
use auth_composition::{LogFormat, LogLevel, LogSources};
use auth_rest::Origin;
use auth_runtime::SecretText;
use ipnet::IpNet;

/// The settings of the function, which `auth_composition::settings::table` explains.
#[allow(missing_docs)]
pub struct FunctionSettings {
    pub database: DatabaseSettings,
    pub key: SecretSetting,
    pub refresh_secret: Option<SecretSetting>,
    pub issuer: String,
    pub audience: String,
    pub policy: Option<PathBuf>,
    pub allowed_origins: Vec<Origin>,
    pub describes: bool,
    pub trusted_proxies: Vec<IpNet>,
    pub proxy_keys: Vec<String>,
    pub hash_queue: Option<usize>,
    pub environment: Environment,
    pub log_level: LogLevel,
    pub log_format: LogFormat,
    pub log_sources: LogSources,
}

/// The settings of the connection to the database.
pub struct DatabaseSettings {
    /// `MONGODB_URI`: the connection string of the database.
    pub uri: SecretText,
    /// `COUNTERSIGN_MONGODB_SECRET`: the secret with user and password.
    pub secret: Option<SecretReference>,
    /// `COUNTERSIGN_MONGODB_CA_FILE`: the bundle of certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// `COUNTERSIGN_MONGODB_POOL`: the most connections of one process.
    pub pool: Option<u32>,
}

/// The setting of a secret: the secret itself, or a reference to it.
pub enum SecretSetting {
    /// The secret itself stands in the setting.
    Text(SecretText),
    /// The setting refers to a secret of Secrets Manager.
    Kept(SecretReference),
}

impl FunctionSettings {
    /// Reads the settings from the variables of this process.
    ///
    /// # Errors
    /// When a variable cannot be used or is missing, as one sentence that names it.
    pub fn from_environment() -> Result<Self> {
        Self::read(&Variables::of_process(Host::Function))
    }

    fn read(variables: &Variables<impl Fn(&'static str) -> Option<OsString>>) -> Result<Self> {
        let environment = variables.value(&table::ENVIRONMENT)?;
        let issuer = variables.value(&table::ISSUER)?;
        check_issuer(Some(&issuer), environment)?;
        let trusted_proxies = variables.list(&table::TRUSTED_PROXIES)?;
        check_proxies(&trusted_proxies)?;
        let refresh_secret = variables.optional(&table::REFRESH_SECRET)?;
        Ok(Self {
            database: DatabaseSettings::read(variables)?,
            key: secret(
                &table::JWT_SECRET_KEY,
                variables.value(&table::JWT_SECRET_KEY)?,
            )?,
            refresh_secret: refresh_secret
                .map(|text| secret(&table::REFRESH_SECRET, text))
                .transpose()?,
            issuer,
            audience: variables.value(&table::AUDIENCE)?,
            policy: variables.optional(&table::POLICY)?,
            allowed_origins: variables.list(&table::ALLOWED_ORIGINS)?,
            describes: variables.value(&table::DESCRIPTION)?,
            trusted_proxies,
            proxy_keys: variables.list(&table::PROXY_KEYS)?,
            hash_queue: variables.optional(&table::HASH_QUEUE)?,
            environment,
            log_level: variables.value(&table::LOG_LEVEL)?,
            log_format: variables.value(&table::LOG_FORMAT)?,
            log_sources: variables.value(&table::LOG_SOURCES)?,
        })
    }
}

/// The settings of the function that migrates the database. It is the same program under another
/// handler, with a user of the database who may do more.
#[allow(missing_docs)]
pub struct MigrationSettings {
    pub database: DatabaseSettings,
    /// The credentials of the user to create.
    pub user: Option<SecretReference>,
    /// Where the set-up token is stored.
    pub setup: Option<SecretReference>,
    pub policy: Option<PathBuf>,
    pub environment: Environment,
    pub log_level: LogLevel,
    pub log_format: LogFormat,
}

impl MigrationSettings {
    /// Reads the settings from the variables of this process.
    ///
    /// # Errors
    /// When a variable cannot be used or is missing, as one sentence that names it.
    pub fn from_environment() -> Result<Self> {
        let variables = Variables::of_process(Host::Function);
        let referred = |setting: &'static Setting<SecretText>| {
            let text = variables.optional(setting)?;
            text.map(|text| reference(setting, &text)).transpose()
        };
        Ok(Self {
            database: DatabaseSettings::read(&variables)?,
            user: referred(&table::MONGODB_USER_SECRET)?,
            setup: referred(&table::SETUP_SECRET)?,
            policy: variables.optional(&table::POLICY)?,
            environment: variables.value(&table::ENVIRONMENT)?,
            log_level: variables.value(&table::LOG_LEVEL)?,
            log_format: variables.value(&table::LOG_FORMAT)?,
        })
    }
}

impl DatabaseSettings {
    fn read(variables: &Variables<impl Fn(&'static str) -> Option<OsString>>) -> Result<Self> {
        let kept = variables.optional(&table::MONGODB_SECRET)?;
        Ok(Self {
            uri: variables.value(&table::MONGODB_URI)?,
            secret: kept
                .map(|text| reference(&table::MONGODB_SECRET, &text))
                .transpose()?,
            pool: variables.optional(&table::MONGODB_POOL)?,
            ca_file: variables.optional(&table::MONGODB_CA_FILE)?,
        })
    }
}

fn secret(setting: &Setting<SecretText>, text: SecretText) -> Result<SecretSetting> {
    if SecretReference::is_one(text.expose().trim()) {
        return reference(setting, &text).map(SecretSetting::Kept);
    }
    Ok(SecretSetting::Text(text))
}

/// Parses a reference. The error does not quote the text, which may be the secret itself.
fn reference(setting: &Setting<SecretText>, text: &SecretText) -> Result<SecretReference> {
    text.expose().parse().ok().with_context(|| {
        format!(
            "{} is not a reference: it is `secretsmanager:` and a name, or the ARN of a secret of \
             Secrets Manager",
            setting.row.variable
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";

    /// The settings from the variables that must be set and those of the case, which take
    /// precedence.
    fn read(case: &[(&'static str, &str)]) -> Result<FunctionSettings> {
        let basis = [
            ("MONGODB_URI", "mongodb://db.example.com/auth"),
            ("JWT_SECRET_KEY", SECRET),
            ("COUNTERSIGN_ISSUER", "https://auth.example.com"),
        ];
        FunctionSettings::read(&Variables::new(Host::Function, |wanted| {
            let mut all = case.iter().chain(&basis);
            all.find(|(name, _)| *name == wanted)
                .map(|(_, value)| OsString::from(value))
        }))
    }

    fn refusal(case: &[(&'static str, &str)]) -> String {
        read(case).err().expect("a refusal").to_string()
    }

    #[test]
    fn needs_three_variables_and_is_strict_by_default() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.environment, Environment::Production);
        assert_eq!(settings.log_format, LogFormat::Json);
        assert_eq!(settings.audience, "countersign");
        assert!(settings.allowed_origins.is_empty() && settings.refresh_secret.is_none());
        assert!(matches!(settings.key, SecretSetting::Text(_)));
        for name in ["MONGODB_URI", "JWT_SECRET_KEY", "COUNTERSIGN_ISSUER"] {
            assert_eq!(refusal(&[(name, " ")]), format!("{name} is not set"));
        }
    }

    #[test]
    fn takes_references_for_secrets() {
        let settings = read(&[
            ("JWT_SECRET_KEY", "secretsmanager:auth/jwt"),
            ("COUNTERSIGN_MONGODB_SECRET", "secretsmanager:auth/db"),
        ])
        .unwrap();
        assert!(matches!(settings.key, SecretSetting::Kept(_)));
        assert_eq!(settings.database.secret.unwrap().id(), "auth/db");
    }

    #[test]
    fn a_bad_value_is_one_sentence_that_names_the_variable() {
        for (name, value, reason) in [
            ("ENVIRONMENT", "qa", "it is one of development"),
            ("LOG_LEVEL", "loud", "it is one of error"),
            ("LOG_FORMAT", "xml", "it is one of text, json"),
            ("COUNTERSIGN_ISSUER", "auth.example.com", "it is an http"),
            (
                "COUNTERSIGN_ISSUER",
                "https://localhost",
                "outside development",
            ),
            ("COUNTERSIGN_HASH_QUEUE", "0", "it is a number"),
            (
                "COUNTERSIGN_TRUSTED_PROXIES",
                "10.0.0.0/33",
                "it is an address",
            ),
            ("COUNTERSIGN_PROXY_KEYS", "a/b", "it is the id of a key"),
            ("COUNTERSIGN_ALLOWED_ORIGINS", "*", "it is scheme and host"),
        ] {
            let sentence = refusal(&[(name, value)]);
            let expected = format!("{name} cannot be `{value}`: {reason}");
            assert!(sentence.starts_with(&expected), "{sentence}");
        }
    }

    #[test]
    fn what_stands_in_the_place_of_a_reference_is_not_quoted() {
        for (name, value) in [
            ("COUNTERSIGN_MONGODB_SECRET", r#"{"password":"hunter2"}"#),
            ("COUNTERSIGN_MONGODB_SECRET", "hunter2"),
            ("JWT_SECRET_KEY", "arn:aws:ssm:hunter2"),
        ] {
            let sentence = refusal(&[(name, value)]);
            let expected = format!("{name} is not a reference: it is `secretsmanager:`");
            assert!(sentence.starts_with(&expected), "{sentence}");
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
    }
}
