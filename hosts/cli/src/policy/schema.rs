//! `countersign policy schema`: the JSON Schema of the policy file.

use std::io::{self, Write};

use crate::failure::Outcome;

/// Prints the schema.
///
/// # Errors
/// When standard output cannot be written.
pub fn run() -> Outcome {
    Ok(io::stdout().write_all(auth_lints::POLICY_SCHEMA.as_bytes())?)
}
