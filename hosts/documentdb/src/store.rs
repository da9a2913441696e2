//! The public interface of the store: opening, checking and closing it.

use std::fmt;
use std::sync::Arc;

use auth_runtime::AdapterError;
use mongodb::bson::doc;

use crate::connection::Connection;
use crate::credentials::CredentialSource;
use crate::error::SettingsError;
use crate::settings::ConnectionSettings;

/// A store for accounts, sessions, throttle counters and codes, in a database that several
/// processes may share.
///
/// It must be used within a tokio runtime.
pub struct DocumentDbStore {
    pub(crate) connection: Connection,
}

impl DocumentDbStore {
    /// Opens a store, which connects at its first call. `credentials` replace those of the
    /// connection string.
    ///
    /// # Errors
    /// When a setting cannot be used, as one sentence. The checks need no network.
    pub async fn open(
        settings: &ConnectionSettings,
        credentials: Option<Arc<dyn CredentialSource>>,
    ) -> Result<Self, SettingsError> {
        let resolved = settings.resolve(credentials.is_some()).await?;
        Ok(Self {
            connection: Connection::new(resolved, credentials),
        })
    }

    /// Checks that the database answers, and connects if there is no connection.
    ///
    /// # Errors
    /// When the database does not answer in time, or refuses the credentials.
    pub async fn ping(&self) -> Result<(), AdapterError> {
        self.repeatable(|database| async move { database.run_command(doc! { "ping": 1 }).await })
            .await?;
        Ok(())
    }

    /// Closes all connections at once. Calls that are running fail. A later call would connect again.
    pub async fn close(&self) {
        if let Some(client) = self.connection.take() {
            client.shutdown().immediate(true).await;
        }
    }
}

impl fmt::Debug for DocumentDbStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DocumentDbStore(…)")
    }
}
