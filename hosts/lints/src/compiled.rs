//! A policy that the component has compiled.

use std::collections::BTreeSet;

use auth_rules::policy_file;
use auth_rules::rbac::Role;
use auth_rules::settings::Settings;
use auth_runtime::{CompiledPolicy, Engine};

use crate::check::CheckError;
use crate::classes::names;
use crate::pattern_index::parts;
use crate::witness::Witness;

/// A policy that the component has compiled.
pub struct Compiled {
    settings: Settings,
    roles: Vec<Role>,
    policy: CompiledPolicy,
}

impl Compiled {
    /// Compiles a policy with the component. `Ok(None)` when it refuses the text; [`check`] says why.
    ///
    /// [`check`]: crate::check
    ///
    /// # Errors
    /// When the component failed.
    pub fn new(engine: &Engine, text: &str) -> Result<Option<Self>, CheckError> {
        let (Ok(policy), Ok((settings, roles))) =
            (engine.compile_policy(text)?, policy_file::compile(text))
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            settings,
            roles,
            policy,
        }))
    }

    /// Whether both mean the same: every setting and every rule.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.settings == other.settings && self.roles == other.roles
    }

    /// The roles, in the order of their names.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Finds a role by its name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        let found = self
            .roles
            .binary_search_by(|role| role.name.as_str().cmp(name));
        found.ok().and_then(|index| self.roles.get(index))
    }

    /// The policy in the form of the contract.
    pub(crate) fn policy(&self) -> &CompiledPolicy {
        &self.policy
    }

    /// Every pattern in a rule of these roles, each once, with a permission that is like all that it
    /// matches and that have no pattern of their own.
    #[must_use]
    pub fn permissions(&self, roles: &[String]) -> Vec<(String, String)> {
        let rules = roles
            .iter()
            .filter_map(|role| self.role(role))
            .flat_map(|role| &role.rules);
        let patterns: BTreeSet<_> = rules.map(|rule| rule.permission.as_str()).collect();
        let (resources, actions) = names(patterns.iter().copied());
        let example = |pattern: &str| {
            let (resource, action) = parts(pattern);
            let (resource, action) = (resources.example(resource)?, actions.example(action)?);
            Some((pattern.to_owned(), format!("{resource}:{action}")))
        };
        patterns.into_iter().filter_map(example).collect()
    }

    /// Makes a component that decides by this policy.
    ///
    /// # Errors
    /// When it cannot be instantiated.
    pub fn witness(&self, engine: &Engine) -> Result<Witness, CheckError> {
        Ok(Witness::new(engine, self.policy.clone())?)
    }
}
