//! What the function can be told: variables alone, since Lambda starts it without arguments.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use auth_aws::SecretReference;
use auth_composition::{LogFormat, LogLevel, check_issuer, values};
use auth_crypto::Environment;
use auth_rest::Origin;
use auth_runtime::SecretText;
use ipnet::IpNet;

/// All settings of the function.
pub struct Settings {
    /// The stores.
    pub database: DatabaseSettings,
    /// `JWT_SECRET_KEY`
    pub key: SecretSetting,
    /// `COUNTERSIGN_REFRESH_SECRET`
    pub refresh_secret: Option<SecretSetting>,
    /// `COUNTERSIGN_ISSUER`
    pub issuer: String,
    /// `COUNTERSIGN_AUDIENCE`
    pub audience: String,
    /// `COUNTERSIGN_POLICY`
    pub policy: Option<PathBuf>,
    /// `COUNTERSIGN_ALLOWED_ORIGINS`
    pub allowed_origins: Vec<Origin>,
    /// `COUNTERSIGN_TRUSTED_PROXIES`
    pub trusted_proxies: Vec<IpNet>,
    /// `COUNTERSIGN_HASH_QUEUE`
    pub hash_queue: Option<usize>,
    /// `ENVIRONMENT`
    pub environment: Environment,
    /// `LOG_LEVEL`
    pub log_level: LogLevel,
    /// `LOG_FORMAT`
    pub log_format: LogFormat,
}

/// Where accounts and sessions are.
pub struct DatabaseSettings {
    /// `MONGODB_URI`
    pub uri: SecretText,
    /// `COUNTERSIGN_MONGODB_SECRET`
    pub secret: Option<SecretReference>,
    /// `COUNTERSIGN_MONGODB_CA_FILE`
    pub ca_file: Option<PathBuf>,
    /// `COUNTERSIGN_MONGODB_POOL`
    pub pool: Option<u32>,
}

/// A secret as it stands, or where it is kept.
pub enum SecretSetting {
    /// The secret itself.
    Text(SecretText),
    /// In Secrets Manager.
    Kept(SecretReference),
}

impl Settings {
    /// What the variables of this process say.
    ///
    /// # Errors
    /// One sentence that names the variable that cannot be used.
    pub fn from_environment() -> Result<Self> {
        Self::read(env::var_os)
    }

    fn read(variable: impl Fn(&'static str) -> Option<OsString>) -> Result<Self> {
        let variables = Variables(variable);
        // What runs in the cloud is no place for examples, unless it says so.
        let environment = variables
            .parsed("ENVIRONMENT", values::parse_environment)?
            .unwrap_or(Environment::Production);
        let issuer = variables
            .parsed("COUNTERSIGN_ISSUER", values::parse_issuer)?
            .context("COUNTERSIGN_ISSUER is not set")?;
        check_issuer(Some(&issuer), environment)?;
        Ok(Self {
            database: DatabaseSettings {
                uri: SecretText::new(variables.required("MONGODB_URI")?),
                secret: variables
                    .text("COUNTERSIGN_MONGODB_SECRET")?
                    .map(|text| reference("COUNTERSIGN_MONGODB_SECRET", &text))
                    .transpose()?,
                pool: variables.parsed("COUNTERSIGN_MONGODB_POOL", values::parse_pool)?,
                ca_file: variables
                    .text("COUNTERSIGN_MONGODB_CA_FILE")?
                    .map(Into::into),
            },
            key: secret("JWT_SECRET_KEY", variables.required("JWT_SECRET_KEY")?)?,
            refresh_secret: variables
                .text("COUNTERSIGN_REFRESH_SECRET")?
                .map(|text| secret("COUNTERSIGN_REFRESH_SECRET", text))
                .transpose()?,
            issuer,
            audience: variables
                .parsed("COUNTERSIGN_AUDIENCE", values::parse_audience)?
                .unwrap_or_else(|| "countersign".to_owned()),
            policy: variables.text("COUNTERSIGN_POLICY")?.map(Into::into),
            allowed_origins: variables.list("COUNTERSIGN_ALLOWED_ORIGINS", values::parse_origin)?,
            trusted_proxies: variables
                .list("COUNTERSIGN_TRUSTED_PROXIES", values::parse_network)?,
            hash_queue: variables.parsed("COUNTERSIGN_HASH_QUEUE", values::parse_places)?,
            environment,
            log_level: variables
                .parsed("LOG_LEVEL", parse_level)?
                .unwrap_or(LogLevel::Info),
            log_format: variables
                .parsed("LOG_FORMAT", parse_format)?
                .unwrap_or(LogFormat::Json),
        })
    }
}

struct Variables<F>(F);

impl<F: Fn(&'static str) -> Option<OsString>> Variables<F> {
    /// A variable that is set to nothing counts as unset.
    fn text(&self, name: &'static str) -> Result<Option<String>> {
        match (self.0)(name).map(OsString::into_string) {
            Some(Ok(text)) if text.trim().is_empty() => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => bail!("{name} cannot be used: it is no UTF-8 text"),
            None => Ok(None),
        }
    }

    fn required(&self, name: &'static str) -> Result<String> {
        self.text(name)?
            .with_context(|| format!("{name} is not set"))
    }

    fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        parsed(name, &text, parse).map(Some)
    }

    fn list<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Result<Vec<T>> {
        let text = self.text(name)?.unwrap_or_default();
        let entries = text.split(',').filter(|_| !text.is_empty());
        entries.map(|entry| parsed(name, entry, &parse)).collect()
    }
}

fn parsed<T>(name: &str, text: &str, parse: impl Fn(&str) -> Result<T, &'static str>) -> Result<T> {
    parse(text).map_err(|reason| anyhow::anyhow!("{name} cannot be `{text}`: {reason}"))
}

fn secret(name: &'static str, text: String) -> Result<SecretSetting> {
    if SecretReference::is_one(text.trim()) {
        return reference(name, &text).map(SecretSetting::Kept);
    }
    Ok(SecretSetting::Text(SecretText::new(text)))
}

/// What stands there is not quoted: it may be the secret itself.
fn reference(name: &'static str, text: &str) -> Result<SecretReference> {
    text.parse().ok().with_context(|| {
        format!(
            "{name} is no reference: it is `secretsmanager:` and a name, or the ARN of a secret of \
             Secrets Manager"
        )
    })
}

fn parse_level(text: &str) -> Result<LogLevel, &'static str> {
    LogLevel::from_name(text).ok_or("it is one of error, warn, info, debug, trace")
}

fn parse_format(text: &str) -> Result<LogFormat, &'static str> {
    LogFormat::from_name(text).ok_or("it is one of text, json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";

    /// The variables that must be set, and those of the case, which go before.
    fn read(case: &[(&'static str, &str)]) -> Result<Settings> {
        let basis = [
            ("MONGODB_URI", "mongodb://db.example.com/auth"),
            ("JWT_SECRET_KEY", SECRET),
            ("COUNTERSIGN_ISSUER", "https://auth.example.com"),
        ];
        Settings::read(|wanted| {
            let mut all = case.iter().chain(&basis);
            all.find(|(name, _)| *name == wanted)
                .map(|(_, value)| OsString::from(value))
        })
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
            let expected = format!("{name} is no reference: it is `secretsmanager:`");
            assert!(sentence.starts_with(&expected), "{sentence}");
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
    }
}
