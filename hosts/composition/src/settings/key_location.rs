//! Where a host that verifies tokens finds the keys of their issuer.

use anyhow::{Result, anyhow};
use auth_key_sets::Location;

use super::table::JWKS;

/// The location that is set, or else the one that the issuer's URL gives.
///
/// # Errors
/// When none is set, and the issuer is no URL under which keys can be.
pub fn of_issuer_unless_set(jwks: Option<&Location>, issuer: &str) -> Result<Location> {
    match jwks {
        Some(location) => Ok(location.clone()),
        None => Location::of_issuer(issuer).map_err(|reason| {
            let name = JWKS.row.variable;
            anyhow!("{name} is not set, and the issuer cannot say where its keys are: {reason}")
        }),
    }
}
