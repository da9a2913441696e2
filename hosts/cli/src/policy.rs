//! `countersign policy`: tools for the policy file.

mod args;
mod check;
mod explain_lint;
mod file;
mod report;

pub use args::PolicyCommand;

use crate::failure::Outcome;

/// Runs one `countersign policy` command.
///
/// # Errors
/// When the answer is no, or the command cannot be carried out.
pub fn run(command: PolicyCommand) -> Outcome {
    match command {
        PolicyCommand::Check(arguments) => check::run(&arguments),
        PolicyCommand::ExplainLint { id } => explain_lint::run(id.as_deref()),
    }
}
