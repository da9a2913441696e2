//! The database that may take the place of the store in the data directory.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use auth_composition::{read_secret, values};
use auth_crypto::Environment;
use auth_documentdb::{DocumentDbStore, Settings};
use auth_runtime::AdapterError;
use clap::Args;

use crate::settings::environment_parser;

/// The variable that selects the database. It has no flag: it may hold a password, and arguments show
/// in the list of processes.
pub const URI_VARIABLE: &str = "MONGODB_URI";

/// How the database that `MONGODB_URI` names is reached.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// The bundle of authorities that vouch for the database, in PEM [default: Amazon's for Amazon
    /// DocumentDB, public ones for other hosts]
    #[arg(
        long = "mongodb-ca-file",
        env = "COUNTERSIGN_MONGODB_CA_FILE",
        value_name = "FILE"
    )]
    pub ca_file: Option<PathBuf>,
    /// The most connections to the database [default: 2]
    #[arg(
        long = "mongodb-pool",
        env = "COUNTERSIGN_MONGODB_POOL",
        value_name = "CONNECTIONS"
    )]
    #[arg(value_parser = values::parse_pool)]
    pub pool: Option<u32>,
    /// What this server is for; examples of secrets, weak TLS, and issuers without TLS or on this
    /// machine, pass in development alone
    #[arg(long, env = "ENVIRONMENT", value_name = "NAME", ignore_case = true)]
    #[arg(default_value = "development", value_parser = environment_parser())]
    pub environment: Environment,
}

impl DatabaseSettings {
    /// The database, which is not asked for anything yet; `None` where the variable is unset or empty.
    ///
    /// # Errors
    /// One sentence about the setting that cannot be used.
    pub async fn open(&self) -> Result<Option<DocumentDbStore>> {
        let Some(uri) = read_secret(URI_VARIABLE)? else {
            return Ok(None);
        };
        let settings = Settings {
            ca_file: self.ca_file.clone(),
            pool: self.pool,
            tls_required: self.environment != Environment::Development,
            ..Settings::new(uri.expose())
        };
        Ok(Some(DocumentDbStore::open(&settings, None).await?))
    }
}

/// What a database answered that did not do as it was asked, without the words about blame that are
/// meant for a server's log.
pub fn unanswered(error: AdapterError) -> anyhow::Error {
    match error {
        AdapterError::Fault(cause) | AdapterError::Unavailable { cause, .. } => cause,
    }
}

/// Refuses a database that lacks something: requests must not find that out one by one.
///
/// # Errors
/// What is missing, or that the database does not answer.
pub async fn ready(store: &DocumentDbStore) -> Result<()> {
    let plan = store.plan().await.map_err(unanswered);
    let plan = plan.context("the database cannot be used")?;
    match plan.steps().first() {
        None => Ok(()),
        Some(step) => Err(anyhow!(
            "the database is not prepared: run `countersign migrate` (it will {step}, …)"
        )),
    }
}
