//! Opens the store of a data directory, and says it in the operator's words when it is taken.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use auth_embedded::{EmbeddedStore, OpenFailure};
use auth_runtime::Clock;

use crate::data_directory::DataDirectory;

/// The store, made at the first use.
///
/// # Errors
/// When another process holds it, or it is damaged.
pub fn open(directory: &DataDirectory, clock: Arc<dyn Clock>) -> Result<Arc<EmbeddedStore>> {
    match EmbeddedStore::open(&directory.store(), clock) {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) if matches!(error.reason, OpenFailure::InUse) => Err(anyhow!(
            "the data directory `{}` is in use by another process, such as a running server",
            directory.path().display(),
        )),
        Err(error) => Err(anyhow!("{error}")),
    }
}
