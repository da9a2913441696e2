//! The compiled policy, in the form in which flows read it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{CompiledPolicy, CompiledRole, Deployment, PolicySettings};

/// The capability `policy-source`: the result of [`crate::Engine::compile_policy`], and the names
/// of this deployment.
#[derive(Clone)]
pub struct PolicySource {
    inner: Arc<Inner>,
}

struct Inner {
    deployment: Deployment,
    settings: PolicySettings,
    roles: HashMap<String, CompiledRole>,
}

impl PolicySource {
    /// Makes the source of a compiled policy for a deployment.
    #[must_use]
    pub fn new(policy: CompiledPolicy, deployment: Deployment) -> Self {
        let roles = policy
            .roles
            .into_iter()
            .map(|role| (role.name.clone(), role))
            .collect();
        Self {
            inner: Arc::new(Inner {
                deployment,
                settings: policy.settings,
                roles,
            }),
        }
    }

    /// Returns the names that this deployment uses in its tokens.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.inner.deployment
    }

    /// Returns the policy settings, without the roles.
    #[must_use]
    pub fn settings(&self) -> &PolicySettings {
        &self.inner.settings
    }

    /// Finds a role by its name, with one look-up for any number of roles.
    #[must_use]
    pub fn find_role(&self, name: &str) -> Option<&CompiledRole> {
        self.inner.roles.get(name)
    }
}
