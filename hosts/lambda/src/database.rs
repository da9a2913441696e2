//! The stores of the function, and the credentials for them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use auth_aws::{CachedSecret, DatabaseCredentials, SecretError, SecretSource};
use auth_composition::settings::Environment;
use auth_documentdb::{ConnectionSettings, Credential, CredentialSource, DocumentDbStore};
use auth_runtime::{AdapterError, SecretText};
use tokio::sync::Mutex;

use crate::settings::DatabaseSettings;

/// When a caller may try again after a secret could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Opens the stores, without connecting yet.
///
/// # Errors
/// When a setting cannot be used, as one sentence.
pub async fn open(
    settings: &DatabaseSettings,
    environment: Environment,
    secrets: &Arc<dyn SecretSource>,
) -> Result<DocumentDbStore> {
    let store = ConnectionSettings {
        ca_file: settings.ca_file.clone(),
        pool: settings.pool,
        tls_required: environment.requires_tls(),
        ..ConnectionSettings::new(settings.uri.clone())
    };
    let credentials = settings.secret.clone().map(|reference| {
        let secret = CachedSecret::new(Arc::clone(secrets), reference);
        Arc::new(KeptCredentials {
            secret,
            handed_out: Mutex::default(),
        }) as Arc<dyn CredentialSource>
    });
    Ok(DocumentDbStore::open(&store, credentials).await?)
}

/// Database credentials that Secrets Manager stores and rotates.
struct KeptCredentials {
    secret: CachedSecret,
    /// The version that the store was given last, which the database may refuse later.
    handed_out: Mutex<Option<SecretText>>,
}

impl KeptCredentials {
    async fn hand_out(&self, version: SecretText) -> Result<Credential, SecretError> {
        let found = DatabaseCredentials::parse(&version);
        let DatabaseCredentials { username, password } =
            found.map_err(|reason| SecretError::Malformed {
                reference: self.secret.reference().clone(),
                reason,
            })?;
        *self.handed_out.lock().await = Some(version);
        Ok(Credential {
            user: username,
            password,
        })
    }

    async fn present(&self) -> Result<Credential, SecretError> {
        let versions = self.secret.current().await?;
        self.hand_out(versions.current.clone()).await
    }

    async fn other(&self) -> Result<Option<Credential>, SecretError> {
        let Some(refused) = self.handed_out.lock().await.clone() else {
            return self.present().await.map(Some);
        };
        match self.secret.other_than(&refused).await? {
            Some(other) => self.hand_out(other).await.map(Some),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl CredentialSource for KeptCredentials {
    async fn current(&self) -> Result<Credential, AdapterError> {
        self.present().await.map_err(unavailable)
    }

    async fn refetch(&self) -> Result<Option<Credential>, AdapterError> {
        self.other().await.map_err(unavailable)
    }
}

fn unavailable(error: SecretError) -> AdapterError {
    AdapterError::Unavailable {
        retry_after: RETRY_AFTER,
        cause: error.into(),
    }
}
