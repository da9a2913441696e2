//! The client of AWS Secrets Manager.

use std::env;
use std::time::Duration;

use async_trait::async_trait;
use auth_runtime::SecretText;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Builder, Config, Credentials, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::primitives::DateTime;

use crate::cache::{SecretSource, SecretVersion, Stage};
use crate::error::SecretError;
use crate::reference::SecretReference;

/// The time limit of one attempt, from the connection to the response. Within a region an attempt
/// takes tens of milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The time limit of all attempts of one read, below the time budget of a function's start.
const TIMEOUT: Duration = Duration::from_secs(4);
const ATTEMPTS: u32 = 2;

/// A client of Secrets Manager. A clone shares its connections.
///
/// It takes region and credentials from the variables that Lambda sets for a function. It does not
/// read profiles and instance metadata: that would lengthen a cold start and enlarge the binary.
/// Without credentials every read is forbidden.
#[derive(Clone)]
pub struct SecretsManager(Option<Client>);

impl SecretsManager {
    /// Makes a client, which connects at the first read. It uses the variables `AWS_REGION`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, and
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` for an endpoint other than the region's.
    #[must_use]
    pub fn from_environment() -> Self {
        let Some(credentials) = credentials() else {
            return Self(None);
        };
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(variable("AWS_REGION").map(Region::new))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .operation_timeout(TIMEOUT)
                    .build(),
            );
        if let Some(url) = variable("AWS_ENDPOINT_URL_SECRETS_MANAGER") {
            config = config.endpoint_url(url);
        }
        Self(Some(Client::from_conf(config.build())))
    }

    /// Stores a new version of a secret, which becomes the current one.
    ///
    /// # Errors
    /// When the secret does not exist, or Secrets Manager refuses or does not answer.
    pub async fn store(
        &self,
        reference: &SecretReference,
        text: &SecretText,
    ) -> Result<(), SecretError> {
        let request = self
            .client(reference)?
            .put_secret_value()
            .secret_id(reference.id())
            .secret_string(text.expose())
            .customize()
            .config_override(overrides(reference));
        let answer = request.send().await;
        answer.map(drop).map_err(|error| explain(reference, &error))
    }

    fn client(&self, reference: &SecretReference) -> Result<&Client, SecretError> {
        self.0.as_ref().ok_or_else(|| SecretError::Forbidden {
            reference: reference.clone(),
            code: "no credentials in the environment".to_owned(),
        })
    }
}

#[async_trait]
impl SecretSource for SecretsManager {
    async fn fetch(
        &self,
        reference: &SecretReference,
        stage: Stage,
    ) -> Result<SecretVersion, SecretError> {
        let request = self
            .client(reference)?
            .get_secret_value()
            .secret_id(reference.id())
            .version_stage(stage.name())
            .customize()
            .config_override(overrides(reference));
        let answer = request.send().await;
        let answer = answer.map_err(|error| explain(reference, &error))?;
        let created_at = answer.created_date.and_then(millis);
        let text = answer.secret_string.map(SecretText::new);
        let text = text.ok_or_else(|| SecretError::Malformed {
            reference: reference.clone(),
            reason: "it is text, not bytes",
        })?;
        Ok(SecretVersion { text, created_at })
    }

    async fn changed_at(&self, reference: &SecretReference) -> Result<Option<u64>, SecretError> {
        let request = self
            .client(reference)?
            .describe_secret()
            .secret_id(reference.id())
            .customize()
            .config_override(overrides(reference));
        let answer = request.send().await;
        let answer = answer.map_err(|error| explain(reference, &error))?;
        Ok(answer.last_changed_date.and_then(millis))
    }
}

/// The settings of a call for a secret of another region.
fn overrides(reference: &SecretReference) -> Builder {
    let region = reference
        .region()
        .map(|region| Region::new(region.to_owned()));
    let mut overrides = Builder::default();
    overrides.set_region(region);
    overrides
}

/// Milliseconds since the Unix epoch.
fn millis(time: DateTime) -> Option<u64> {
    u64::try_from(time.to_millis().ok()?).ok()
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn credentials() -> Option<Credentials> {
    Some(Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        variable("AWS_SESSION_TOKEN"),
        None,
        "environment",
    ))
}

/// Keeps the error code only: the message of the service may contain names that no log may hold.
fn explain<E: ProvideErrorMetadata>(
    reference: &SecretReference,
    error: &SdkError<E>,
) -> SecretError {
    let reference = reference.clone();
    match error {
        SdkError::TimeoutError(_) => return SecretError::Slow(reference),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            return SecretError::Slow(reference);
        }
        SdkError::ConstructionFailure(_) => {
            let code = "no region in the environment".to_owned();
            return SecretError::Unreachable { reference, code };
        }
        SdkError::DispatchFailure(_) => {
            let code = "no connection".to_owned();
            return SecretError::Unreachable { reference, code };
        }
        _ => {}
    }
    let code = error.code().unwrap_or("no code").to_owned();
    match code.as_str() {
        "ResourceNotFoundException" | "InvalidRequestException" => SecretError::Missing(reference),
        "AccessDeniedException"
        | "DecryptionFailure"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "NotAuthorized"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => SecretError::Forbidden { reference, code },
        _ => SecretError::Unreachable { reference, code },
    }
}
