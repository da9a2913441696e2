//! `countersign policy schema`: the JSON Schemas of the policy file and of case files.

use std::io::{self, Write};

use super::args::SchemaOf;
use crate::failure::Outcome;

/// Prints the schema.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(of: SchemaOf) -> Outcome {
    let schema = match of {
        SchemaOf::Policy => auth_lints::POLICY_SCHEMA,
        SchemaOf::Cases => auth_harness::CASES_SCHEMA,
    };
    Ok(io::stdout().write_all(schema.as_bytes())?)
}
