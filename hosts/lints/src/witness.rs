//! Asks the component for decisions under a policy.

use std::sync::Arc;

use auth_runtime::{
    AdapterError, Algorithm, Clock, CompiledPolicy, Decision, Deployment, Engine, Error, Keyring,
    Limits, PolicySource, Question, Verifier, VerifierCapabilities, VerifierInstance,
};

/// The subject of all questions, and the owner where it asks about something of its own.
const SUBJECT: &str = "subject";

/// The component with a policy, ready to decide.
pub struct Witness {
    instance: VerifierInstance,
}

/// What a decision does not need.
struct Nothing;

impl Clock for Nothing {
    fn now(&self) -> u64 {
        0
    }
}

impl Keyring for Nothing {
    fn find(&self, _: &str) -> Result<Option<Algorithm>, AdapterError> {
        Ok(None)
    }

    fn verify(&self, _: &str, _: &[u8], _: &[u8]) -> Result<bool, AdapterError> {
        Ok(false)
    }
}

impl Witness {
    /// Makes an instance of the component that decides by this policy.
    ///
    /// # Errors
    /// When the component cannot be instantiated.
    pub fn new(engine: &Engine, policy: CompiledPolicy) -> Result<Self, Error> {
        let deployment = Deployment {
            issuer: String::new(),
            audience: String::new(),
            client_id: String::new(),
        };
        let capabilities = VerifierCapabilities {
            clock: Arc::new(Nothing),
            keyring: Arc::new(Nothing),
        };
        let policy = PolicySource::new(policy, deployment);
        let verifier = Verifier::new(engine, capabilities, policy, Limits::default())?;
        Ok(Self {
            instance: verifier.instance()?,
        })
    }

    /// Asks whether a subject with these roles has a permission, on something of its own or of
    /// another user. `None` when the permission is malformed.
    ///
    /// # Errors
    /// When the component failed. The witness must then not be used again.
    pub fn decide(
        &mut self,
        roles: &[String],
        permission: &str,
        own: bool,
    ) -> Result<Option<Decision>, Error> {
        let question = Question {
            subject: SUBJECT.to_owned(),
            roles: roles.to_vec(),
            permission: permission.to_owned(),
            owner: own.then(|| SUBJECT.to_owned()),
        };
        Ok(self.instance.decide(&question)?.ok())
    }
}
