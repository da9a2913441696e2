//! Verification of tokens and access decisions, without stores and therefore without async.

use std::sync::{Mutex, PoisonError};

use wasmtime::Store;

use crate::bindings::verifier::{Verifier as Bindings, VerifierPre};
use crate::errors::Error;
use crate::verifier_state::VerifierState;
use crate::{
    Claims, DecideError, Decision, Engine, Expectation, Limits, PolicySource, Question, TokenError,
    UnverifiedSignature, VerifierCapabilities, metering,
};

/// The most idle instances that are kept for reuse; more than the cores could use at one time.
const MAX_IDLE: usize = 64;

/// The verifier: calls the exports of world `verifier`.
///
/// Its instances are reused: they hold no secret, and reuse saves more than half of the time of a
/// verification (`make bench`). An instance that trapped is dropped, so no call can get a broken
/// state.
pub struct Verifier {
    pre: VerifierPre<VerifierState>,
    capabilities: VerifierCapabilities,
    policy: PolicySource,
    limits: Limits,
    idle: Mutex<Vec<VerifierInstance>>,
}

/// One instance of the component, with the capabilities of a verifier.
pub struct VerifierInstance {
    store: Store<VerifierState>,
    bindings: Bindings,
    guest_ticks: u64,
}

impl Verifier {
    /// Links the component to the capabilities of a verifier. Every other import traps.
    ///
    /// # Errors
    /// When the component needs an import that this host does not know.
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

    /// Makes a fresh instance, for a host that wants one for each call or keeps its own.
    ///
    /// # Errors
    /// When there is not enough memory for the instance.
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

    /// Verifies an access token: calls `verification.verify`.
    ///
    /// # Errors
    /// When the component or a capability failed. The refusal of a token is an answer.
    pub fn verify(
        &self,
        token: &str,
        expected: &Expectation,
    ) -> Result<Result<Claims, TokenError>, Error> {
        metering::of_verification(|| self.reuse(|instance| instance.verify(token, expected)))
    }

    /// Says which key has to have signed which bytes: calls `verification.read_signature`. For a
    /// host that must fetch keys before it verifies.
    ///
    /// # Errors
    /// When the component failed. The refusal of a token is an answer.
    pub fn read_signature(
        &self,
        token: &str,
    ) -> Result<Result<UnverifiedSignature, TokenError>, Error> {
        self.reuse(|instance| instance.read_signature(token))
    }

    /// Decides whether a subject may do something: calls `access.decide`.
    ///
    /// # Errors
    /// When the component or a capability failed. A denial is an answer.
    pub fn decide(&self, question: &Question) -> Result<Result<Decision, DecideError>, Error> {
        self.reuse(|instance| instance.decide(question))
    }

    /// Verifies a token and decides for its subject: calls `access.authorize`.
    ///
    /// # Errors
    /// When the component or a capability failed. The refusal of a token and a denial are answers.
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
    /// Verifies an access token: calls `verification.verify`.
    ///
    /// # Errors
    /// As for [`Verifier::verify`]. After an error the instance must not be used again.
    pub fn verify(
        &mut self,
        token: &str,
        expected: &Expectation,
    ) -> Result<Result<Claims, TokenError>, Error> {
        self.store.set_epoch_deadline(self.guest_ticks);
        let verification = self.bindings.countersign_auth_verification();
        Ok(verification.call_verify(&mut self.store, token, expected)?)
    }

    /// Says which key has to have signed which bytes: calls `verification.read_signature`.
    ///
    /// # Errors
    /// As for [`Verifier::read_signature`]. After an error the instance must not be used again.
    pub fn read_signature(
        &mut self,
        token: &str,
    ) -> Result<Result<UnverifiedSignature, TokenError>, Error> {
        self.store.set_epoch_deadline(self.guest_ticks);
        let verification = self.bindings.countersign_auth_verification();
        Ok(verification.call_read_signature(&mut self.store, token)?)
    }

    /// Decides whether a subject may do something: calls `access.decide`.
    ///
    /// # Errors
    /// As for [`Verifier::decide`]. After an error the instance must not be used again.
    pub fn decide(&mut self, question: &Question) -> Result<Result<Decision, DecideError>, Error> {
        self.store.set_epoch_deadline(self.guest_ticks);
        let access = self.bindings.countersign_auth_access();
        Ok(access.call_decide(&mut self.store, question)?)
    }

    /// Verifies a token and decides for its subject: calls `access.authorize`.
    ///
    /// # Errors
    /// As for [`Verifier::authorize`]. After an error the instance must not be used again.
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
