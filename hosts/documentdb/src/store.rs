//! The store as its owner sees it.

use std::fmt;
use std::sync::Arc;

use auth_runtime::AdapterError;
use mongodb::bson::doc;

use crate::connection::Connection;
use crate::credentials::CredentialSource;
use crate::error::SettingsError;
use crate::settings::ConnectionSettings;

/// Accounts, sessions, throttle counters and codes in one database that processes may share.
///
/// To be used within a tokio runtime.
pub struct DocumentDbStore {
    pub(crate) connection: Connection,
}

impl DocumentDbStore {
    /// A store that connects at its first call. `credentials` take the place of those in the
    /// connection string.
    ///
    /// # Errors
    /// One sentence about the setting that cannot be used. Nothing of it needs a network.
    pub async fn open(
        settings: &ConnectionSettings,
        credentials: Option<Arc<dyn CredentialSource>>,
    ) -> Result<Self, SettingsError> {
        let resolved = settings.resolve(credentials.is_some()).await?;
        Ok(Self {
            connection: Connection::new(resolved, credentials),
        })
    }

    /// Asks the database for a sign of life: connects if nothing is connected.
    ///
    /// # Errors
    /// As every call.
    pub async fn ping(&self) -> Result<(), AdapterError> {
        self.repeatable(|database| async move { database.run_command(doc! { "ping": 1 }).await })
            .await?;
        Ok(())
    }

    /// Closes all connections at once. Calls under way fail; a later one would connect anew.
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
