//! The store that the accounts are written to.

use std::env;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use auth_crypto::SystemClock;
use auth_documentdb::{ConnectionSettings, DocumentDbStore};
use auth_embedded::EmbeddedStore;
use auth_runtime::{AccountStore, AdapterError, SecretText};

/// A store, opened.
pub enum Target {
    /// The one in a data directory.
    Directory(EmbeddedStore),
    /// The database that `MONGODB_URI` names.
    Database(DocumentDbStore),
}

impl Target {
    /// Opens the store in the directory, or without one the database that `MONGODB_URI` names.
    ///
    /// # Errors
    /// When there is neither, or the store cannot be used.
    pub async fn open(directory: Option<&Path>) -> Result<Self> {
        if let Some(directory) = directory {
            let file = directory.join("store.redb");
            return Ok(Self::Directory(EmbeddedStore::open(
                &file,
                Arc::new(SystemClock),
            )?));
        }
        let uri = env::var("MONGODB_URI").unwrap_or_default();
        if uri.is_empty() {
            bail!("name a data directory, or a database in MONGODB_URI");
        }
        let settings = ConnectionSettings {
            tls_required: env::var("ENVIRONMENT").as_deref() != Ok("development"),
            ..ConnectionSettings::new(SecretText::new(uri))
        };
        let store = DocumentDbStore::open(&settings, None).await?;
        // Without its unique index the store would take an address twice.
        let plan = store.plan().await.map_err(cause);
        if !plan.context("the database cannot be used")?.is_empty() {
            bail!("the database is not prepared: run `countersign migrate`");
        }
        Ok(Self::Database(store))
    }

    /// The accounts of the store.
    pub fn accounts(&self) -> &dyn AccountStore {
        match self {
            Self::Directory(store) => store,
            Self::Database(store) => store,
        }
    }

    /// Writes pending changes, and closes files and connections.
    pub async fn close(self) {
        match self {
            Self::Directory(store) => store.close(),
            Self::Database(store) => store.close().await,
        }
    }
}

/// The cause of a failed call, without the words around it that are meant for a server's log.
fn cause(error: AdapterError) -> anyhow::Error {
    match error {
        AdapterError::Fault(cause) | AdapterError::Unavailable { cause, .. } => cause,
    }
}
