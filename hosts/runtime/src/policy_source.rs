//! The compiled policy, as flows ask for it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{CompiledPolicy, CompiledRole, Deployment, PolicySettings};

/// `policy-source`: what [`crate::Engine::compile_policy`] made, and the names of this deployment.
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
    /// Keeps a compiled policy for a deployment.
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

    /// What the tokens of this deployment say about it.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.inner.deployment
    }

    /// The operator's settings.
    #[must_use]
    pub fn settings(&self) -> &PolicySettings {
        &self.inner.settings
    }

    /// A role by name. One look-up, however many roles there are.
    #[must_use]
    pub fn find_role(&self, name: &str) -> Option<&CompiledRole> {
        self.inner.roles.get(name)
    }
}
