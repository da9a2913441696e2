//! The service without a server: for commands that use the store themselves.

use std::sync::Arc;

use anyhow::Result;
use auth_composition::{Stores, TracingAuditLog, compile_policy};
use auth_crypto::{HashPool, HashPoolConfig, SystemClock, SystemEntropy};
use auth_runtime::{
    ActiveKey, AdapterError, Algorithm, Allocation, Capabilities, Deployment, Engine, Keyring,
    Limits, PolicySource, Purpose, Service, Signer, VerifierCapabilities,
};

use crate::args::PolicyFile;
use crate::data_directory::DataDirectory;
use crate::database::DatabaseSettings;
use crate::failure::{Outcome, unanswered};
use crate::store::Store;

/// A service on the database, or on a data directory that no server holds.
pub struct OfflineService {
    service: Service,
    store: Store,
}

impl OfflineService {
    /// Opens the store and the component.
    ///
    /// # Errors
    /// When the store cannot be used, such as a data directory that a running server holds, or the
    /// policy has faults.
    pub async fn open(
        database: &DatabaseSettings,
        directory: impl FnOnce() -> Result<DataDirectory>,
        file: &PolicyFile,
    ) -> Outcome<Self> {
        let engine = Engine::load(Allocation::OnDemand).map_err(unanswered)?;
        let policy = compile_policy(&engine, file.path.as_deref())?;
        let store = Store::open(database, directory, Arc::new(SystemClock)).await?;
        let capabilities = capabilities(store.faces())?;
        // No token is made here.
        let [issuer, audience, client_id] = [(); 3].map(|()| "countersign".to_owned());
        let policy = PolicySource::new(
            policy,
            Deployment {
                issuer,
                audience,
                client_id,
            },
        );
        let service = Service::new(&engine, capabilities, policy, Limits::default());
        Ok(Self {
            service: service.map_err(unanswered)?,
            store,
        })
    }

    /// Its flows.
    pub fn service(&self) -> &Service {
        &self.service
    }
}

impl Drop for OfflineService {
    fn drop(&mut self) {
        // The connections of a database end with the process.
        if let Store::Embedded(store) = &self.store {
            store.close();
        }
    }
}

fn capabilities(stores: Stores) -> Outcome<Capabilities> {
    Ok(Capabilities {
        verifier: VerifierCapabilities {
            clock: Arc::new(SystemClock),
            keyring: Arc::new(NoKeys),
        },
        entropy: Arc::new(SystemEntropy),
        signer: Arc::new(NoKeys),
        password_hasher: Arc::new(HashPool::new(HashPoolConfig::default())?),
        accounts: stores.accounts,
        sessions: stores.sessions,
        throttle: stores.throttle,
        codes: stores.codes,
        audit: Arc::new(TracingAuditLog),
    })
}

/// Directory flows in the operator's name neither sign nor verify. So no command reads a private key,
/// or makes one of the wrong kind before the server's first start.
struct NoKeys;

impl NoKeys {
    fn fault<T>() -> Result<T, AdapterError> {
        Err(AdapterError::fault(anyhow::anyhow!(
            "this command has no keys"
        )))
    }
}

impl Keyring for NoKeys {
    fn find(&self, _: &str) -> Result<Option<Algorithm>, AdapterError> {
        Self::fault()
    }

    fn verify(&self, _: &str, _: &[u8], _: &[u8]) -> Result<bool, AdapterError> {
        Self::fault()
    }
}

impl Signer for NoKeys {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        Self::fault()
    }

    fn sign(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, AdapterError> {
        Self::fault()
    }

    fn mac(&self, _: Purpose, _: &[u8]) -> Result<Vec<u8>, AdapterError> {
        Self::fault()
    }
}
