//! The state of an instance that only verifies and decides, and the imports of that instance.

use wasmtime::{Result, StoreLimits};

use crate::bindings::countersign::auth::{clock, keyring, policy_source};
use crate::{
    Algorithm, CompiledRole, Deployment, Limits, PolicySettings, PolicySource, VerifierCapabilities,
};

/// The state that the imports of world `verifier` use.
pub(crate) struct VerifierState {
    pub(crate) capabilities: VerifierCapabilities,
    pub(crate) policy: PolicySource,
    pub(crate) limits: StoreLimits,
    /// The ticks of computing time that the guest has left.
    pub(crate) ticks_left: u32,
}

impl VerifierState {
    pub(crate) fn new(
        capabilities: VerifierCapabilities,
        policy: PolicySource,
        limits: &Limits,
    ) -> Self {
        Self {
            capabilities,
            policy,
            limits: limits.store(),
            ticks_left: limits.guest_ticks,
        }
    }
}

impl clock::Host for VerifierState {
    fn now(&mut self) -> Result<u64> {
        Ok(self.capabilities.clock.now())
    }
}

impl keyring::Host for VerifierState {
    fn find(&mut self, id: String) -> Result<Option<Algorithm>> {
        Ok(self.capabilities.keyring.find(&id)?)
    }

    fn verify(&mut self, id: String, message: String, signature: Vec<u8>) -> Result<bool> {
        Ok(self
            .capabilities
            .keyring
            .verify(&id, message.as_bytes(), &signature)?)
    }
}

impl policy_source::Host for VerifierState {
    fn read_deployment(&mut self) -> Result<Deployment> {
        Ok(self.policy.deployment().clone())
    }

    fn read_settings(&mut self) -> Result<PolicySettings> {
        Ok(self.policy.settings().clone())
    }

    fn find_role(&mut self, name: String) -> Result<Option<CompiledRole>> {
        Ok(self.policy.find_role(&name).cloned())
    }
}
