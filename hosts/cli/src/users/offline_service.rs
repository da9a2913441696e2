//! The service without a server, for commands that open the store themselves.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use auth_composition::{
    Composition, Keys, Platform, TracingAuditLog, compile_policy, policy_source,
};
use auth_runtime::{
    ActiveKey, AdapterError, Algorithm, Allocation, Engine, Keyring, Purpose, Service, Signer,
};

use crate::data_directory::DataDirectory;
use crate::failure::{Outcome, unanswered};
use crate::settings::{DatabaseSettings, PolicySetting};
use crate::store::Store;

/// The issuer and audience of this service, which issues no tokens.
const NO_TOKENS: &str = "countersign";

/// A service on the database, or on a data directory that no server has locked.
pub struct OfflineService {
    service: Service,
    store: Store,
}

impl OfflineService {
    /// Opens the store and the component.
    ///
    /// # Errors
    /// When the store cannot be used, for example because a running server has locked the data
    /// directory, or when the policy cannot be compiled.
    pub async fn open(
        database: &DatabaseSettings,
        directory: impl FnOnce() -> Result<DataDirectory>,
        policy: &PolicySetting,
    ) -> Outcome<Self> {
        let engine = Engine::load(Allocation::OnDemand).map_err(unanswered)?;
        let policy = compile_policy(&engine, policy.path.as_deref())?;
        let platform = Platform::of_system(None).context("cannot start the hashing threads")?;
        let store = Store::open(database, directory, Arc::clone(&platform.clock)).await?;
        let composition = Composition::new(
            platform,
            store.capabilities(),
            Keys::of(&Arc::new(NoKeys)),
            Arc::new(TracingAuditLog),
            policy_source(policy, NO_TOKENS, NO_TOKENS),
        );
        let service = composition.service(&engine).map_err(unanswered)?;
        Ok(Self { service, store })
    }

    /// The service, whose flows the commands call.
    pub fn service(&self) -> &Service {
        &self.service
    }
}

impl Drop for OfflineService {
    fn drop(&mut self) {
        // The end of the process closes the connections to a database.
        if let Store::Embedded(store) = &self.store {
            store.close();
        }
    }
}

/// Keys that fail every call. The flows for accounts neither sign nor verify when the operator
/// calls them. No command therefore reads a private key, or makes one before the server's first
/// start.
struct NoKeys;

impl NoKeys {
    fn fault<T>() -> Result<T, AdapterError> {
        Err(AdapterError::fault(anyhow!("this command has no keys")))
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

    fn macs(&self, _: Purpose, _: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        Self::fault()
    }
}
