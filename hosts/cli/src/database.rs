//! Opens and checks the database that replaces the store in the data directory.

use anyhow::{Context, Result, anyhow};
use auth_composition::settings::{Host, Variables, table};
use auth_documentdb::{ConnectionSettings, DocumentDbStore};
use auth_runtime::AdapterError;

use crate::environment;
use crate::settings::DatabaseSettings;

/// Opens the database that `MONGODB_URI` names, without connecting yet; `None` when the variable is
/// unset or empty.
///
/// # Errors
/// When a setting cannot be used, as one sentence.
pub async fn open(settings: &DatabaseSettings) -> Result<Option<DocumentDbStore>> {
    let variables = Variables::of_process(Host::Server);
    let Some(uri) = variables.optional(&table::MONGODB_URI)? else {
        return Ok(None);
    };
    let settings = ConnectionSettings {
        ca_file: settings.ca_file.clone(),
        pool: settings.pool,
        tls_required: environment::of_database(settings, Some(&uri)).requires_tls(),
        ..ConnectionSettings::new(uri)
    };
    Ok(Some(DocumentDbStore::open(&settings, None).await?))
}

/// The cause of a failed call, without the words around it that are meant for a server's log.
pub fn cause(error: AdapterError) -> anyhow::Error {
    match error {
        AdapterError::Fault(cause) | AdapterError::Unavailable { cause, .. } => cause,
    }
}

/// Refuses a database that lacks a collection or an index, before a request needs it.
///
/// # Errors
/// When something is missing, or the database does not answer.
pub async fn check_prepared(store: &DocumentDbStore) -> Result<()> {
    let plan = store.plan().await.map_err(cause);
    let plan = plan.context("the database cannot be used")?;
    match plan.steps().first() {
        None => Ok(()),
        Some(step) => Err(anyhow!(
            "the database is not prepared: run `countersign migrate` (it will {step}, …)"
        )),
    }
}
