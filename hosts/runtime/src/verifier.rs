//! Verification and decisions: no store, no waiting, no async.

use std::sync::{Mutex, PoisonError};

use wasmtime::Store;

use crate::bindings::verifier::{Verifier as Bindings, VerifierPre};
use crate::errors::Error;
use crate::verifier_state::VerifierState;
use crate::{
    Claims, DecideError, Decision, Engine, Expectation, Limits, PolicySource, Question, TokenError,
    VerifierCapabilities, metering,
};

/// Instances kept for reuse; more than cores could use at one time.
const MAX_IDLE: usize = 64;

/// Answers of world `verifier`.
///
/// Its instances are reused: they hold no secret, and reuse saves more than half of a verification
/// (`make bench`). An instance that trapped is dropped, so no call can inherit a broken state.
pub struct Verifier {
    pre: VerifierPre<VerifierState>,
    capabilities: VerifierCapabilities,
    policy: PolicySource,
    limits: Limits,
    idle: Mutex<Vec<VerifierInstance>>,
}

/// One instance of the component with a verifier's capabilities.
pub struct VerifierInstance {
    store: Store<VerifierState>,
    bindings: Bindings,
    guest_ticks: u64,
}

impl Verifier {
    /// Links the component to a verifier's capabilities; every other import is a trap.
    ///
    /// # Errors
    /// When the component asks for an import that this host does not know.
    pub fn new(
        engine: &Engine,
        capabilities: VerifierCapabilities,
        policy: PolicySource,
        limits: Limits,
    ) -> Result<Self, Error> {
        let mut linker = engine.verifier_linker::<VerifierState>(|state| state)?;
        linker.define_unknown_imports_as_traps(&engine.component)?;
        let pre = VerifierPre::new(linker.instantiate_pre(&engine.component)?)?;
        Ok(Self {
            pre,
            capabilities,
            policy,
            limits,
            idle: Mutex::default(),
        })
    }

    /// A fresh instance, for a host that wants one for each call or keeps its own.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn instance(&self) -> Result<VerifierInstance, Error> {
        let verifier =
            VerifierState::new(self.capabilities.clone(), self.policy.clone(), &self.limits);
        let mut store = Store::new(self.pre.engine(), verifier);
        store.limiter(|verifier| &mut verifier.limits);
        store.set_hostcall_fuel(self.limits.host_call_bytes);
        let guest_ticks = u64::from(self.limits.guest_ticks);
        store.set_epoch_deadline(guest_ticks);
        let bindings = self.pre.instantiate(&mut store)?;
        Ok(VerifierInstance {
            store,
            bindings,
            guest_ticks,
        })
    }

    /// `verification.verify`
    ///
    /// # Errors
    /// When the component or a capability failed; a refused token is an answer.
    pub fn verify(
        &self,
        token: &str,
        expected: &Expectation,
    ) -> Result<Result<Claims, TokenError>, Error> {
        metering::of_verification(|| self.reuse(|instance| instance.verify(token, expected)))
    }

    /// `access.decide`
    ///
    /// # Errors
    /// When the component or a capability failed; a denial is an answer.
    pub fn decide(&self, question: &Question) -> Result<Result<Decision, DecideError>, Error> {
        self.reuse(|instance| instance.decide(question))
    }

    /// `access.authorize`
    ///
    /// # Errors
    /// When the component or a capability failed; a refused token and a denial are answers.
    pub fn authorize(
        &self,
        token: &str,
        expected: &Expectation,
        permission: &str,
        owner: Option<&str>,
    ) -> Result<Result<Decision, DecideError>, Error> {
        metering::of_verification(|| {
            self.reuse(|instance| instance.authorize(token, expected, permission, owner))
        })
    }

    fn reuse<T>(
        &self,
        call: impl FnOnce(&mut VerifierInstance) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let kept = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut instance = kept.map_or_else(|| self.instance(), Ok)?;
        let answer = call(&mut instance)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(instance);
        }
        Ok(answer)
    }
}

impl VerifierInstance {
    /// `verification.verify`
    ///
    /// # Errors
    /// As [`Verifier::verify`]; the instance must not be used again then.
    pub fn verify(
        &mut self,
        token: &str,
        expected: &Expectation,
    ) -> Result<Result<Claims, TokenError>, Error> {
        self.store.set_epoch_deadline(self.guest_ticks);
        let verification = self.bindings.countersign_auth_verification();
        Ok(verification.call_verify(&mut self.store, token, expected)?)
    }

    /// `access.decide`
    ///
    /// # Errors
    /// As [`Verifier::decide`]; the instance must not be used again then.
    pub fn decide(&mut self, question: &Question) -> Result<Result<Decision, DecideError>, Error> {
        self.store.set_epoch_deadline(self.guest_ticks);
        let access = self.bindings.countersign_auth_access();
        Ok(access.call_decide(&mut self.store, question)?)
    }

    /// `access.authorize`
    ///
    /// # Errors
    /// As [`Verifier::authorize`]; the instance must not be used again then.
    pub fn authorize(
        &mut self,
        token: &str,
        expected: &Expectation,
        permission: &str,
        owner: Option<&str>,
    ) -> Result<Result<Decision, DecideError>, Error> {
        self.store.set_epoch_deadline(self.guest_ticks);
        let access = self.bindings.countersign_auth_access();
        Ok(access.call_authorize(&mut self.store, token, expected, permission, owner)?)
    }
}
