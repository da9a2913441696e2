//! The policy that cases are run on.

use std::path::Path;

use auth_composition::policy_source;
use auth_runtime::{CompiledPolicy, Engine, Error, PolicyDiagnostic, PolicySource};

use crate::source::Source;

/// What the tokens of the harness name as their issuer.
pub const ISSUER: &str = "https://auth.example.com";
/// What the tokens of the harness name as their audience.
pub const AUDIENCE: &str = "countersign";

/// A policy file, compiled by the component.
#[derive(Clone)]
pub struct Policy {
    /// The text that was compiled.
    pub file: Source,
    /// The policy as the flows read it.
    pub compiled: PolicySource,
    /// The names of the roles, in order.
    roles: Vec<String>,
}

impl Policy {
    /// Has the component check and compile the text of a policy file.
    ///
    /// # Errors
    /// When the component failed. What is wrong with the text is an answer.
    pub fn compile(
        engine: &Engine,
        path: &Path,
        text: String,
    ) -> Result<Result<Self, Vec<PolicyDiagnostic>>, Error> {
        let compiled = engine.compile_policy(text.trim_start_matches('\u{feff}'))?;
        Ok(compiled.map(|policy| Self::of(Source::new(path, text), policy)))
    }

    fn of(file: Source, policy: CompiledPolicy) -> Self {
        let mut roles: Vec<_> = policy.roles.iter().map(|role| role.name.clone()).collect();
        roles.sort();
        Self {
            file,
            compiled: policy_source(policy, ISSUER, AUDIENCE),
            roles,
        }
    }

    /// The compiled policy, to be changed.
    pub(crate) fn compiled_policy(&self) -> CompiledPolicy {
        let roles = self
            .roles
            .iter()
            .filter_map(|role| self.compiled.find_role(role));
        CompiledPolicy {
            settings: self.compiled.settings().clone(),
            roles: roles.cloned().collect(),
        }
    }

    /// The same file with another compiled policy in place of its own.
    pub(crate) fn with(&self, changed: CompiledPolicy) -> Self {
        Self::of(self.file.clone(), changed)
    }

    /// Whether the policy defines a role of this name.
    #[must_use]
    pub fn has_role(&self, name: &str) -> bool {
        self.compiled.find_role(name).is_some()
    }

    /// The names of its roles, in order.
    #[must_use]
    pub fn role_names(&self) -> Vec<&str> {
        self.roles.iter().map(String::as_str).collect()
    }
}
