//! The store of accounts and sessions: a database that several processes share, or a file in the
//! data directory that one process locks.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use auth_composition::Stores;
use auth_documentdb::DocumentDbStore;
use auth_embedded::{EmbeddedStore, OpenFailure};
use auth_runtime::Clock;
use tokio::task;

use crate::data_directory::DataDirectory;
use crate::database;
use crate::settings::DatabaseSettings;

/// The store that the settings choose, opened.
#[derive(Clone)]
pub enum Store {
    /// The store on the database that `MONGODB_URI` names.
    DocumentDb(Arc<DocumentDbStore>),
    /// The store in the data directory.
    Embedded(Arc<EmbeddedStore>),
}

impl Store {
    /// Opens the database if one is named. Otherwise opens the store in the directory, and creates
    /// it at the first use.
    ///
    /// # Errors
    /// When the database does not answer or lacks an index, when another process has locked the
    /// directory, or when the store in it is damaged.
    pub async fn open(
        settings: &DatabaseSettings,
        directory: impl FnOnce() -> Result<DataDirectory>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        match database::open(settings).await? {
            Some(store) => {
                database::check_prepared(&store).await?;
                Ok(Self::DocumentDb(Arc::new(store)))
            }
            None => open_embedded(&directory()?, clock).map(Self::Embedded),
        }
    }

    /// The four stores that the component needs.
    pub fn capabilities(&self) -> Stores {
        match self {
            Self::DocumentDb(store) => Stores::of(store),
            Self::Embedded(store) => Stores::of(store),
        }
    }

    /// The name of the store in messages for operators.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DocumentDb(_) => "DocumentDB (MONGODB_URI)",
            Self::Embedded(_) => "embedded (redb)",
        }
    }

    /// Writes pending changes, and closes files and connections.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::DocumentDb(store) => store.close().await,
            // Closing blocks the thread, so it runs outside the async threads.
            Self::Embedded(store) => task::spawn_blocking(move || store.close()).await?,
        }
        Ok(())
    }
}

fn open_embedded(directory: &DataDirectory, clock: Arc<dyn Clock>) -> Result<Arc<EmbeddedStore>> {
    match EmbeddedStore::open(&directory.store(), clock) {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) if matches!(error.reason, OpenFailure::InUse) => Err(anyhow!(
            "the data directory `{}` is in use by another process, such as a running server",
            directory.path().display(),
        )),
        Err(error) => Err(anyhow!("{error}")),
    }
}
