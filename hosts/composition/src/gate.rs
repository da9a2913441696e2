//! The gate of this machine: component, policy and routes, and the keys of the issuer.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use auth_gate::Gate;
use auth_key_sets::Location;
use auth_runtime::{Allocation, Engine};

use crate::composition::policy_source;
use crate::policy::compile_with_routes;

/// Makes a gate that takes the tokens of this issuer and for this audience, by the policy of a file and
/// the keys at a location. The keys are fetched later.
///
/// # Errors
/// When the component cannot be loaded, or the policy cannot be read or compiled.
pub fn gate(issuer: &str, audience: &str, keys: &Location, policy: Option<&Path>) -> Result<Gate> {
    let engine = Engine::load(Allocation::OnDemand).map_err(|error| error.cause)?;
    let (policy, routes) = compile_with_routes(&engine, policy)?;
    let policy = policy_source(policy, issuer, audience);
    let gate = Gate::of_system(&engine, Arc::new(keys.clone()), policy, routes);
    gate.map_err(|error| error.cause)
}
