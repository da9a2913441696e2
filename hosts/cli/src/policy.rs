//! `countersign policy`: tools for the policy file.

mod args;
mod builds;
mod case_lints;
mod check;
mod coverage;
mod diff;
mod explain;
mod explain_lint;
mod file;
mod fmt;
mod init;
mod loaded;
mod matrix;
mod mutate;
mod report;
mod running;
mod schema;
mod test;
mod watch;
mod who_can;

pub use args::PolicyCommand;
pub use running::{interruption, read_policy, with_progress};

use crate::failure::Outcome;

/// Runs one `countersign policy` command.
///
/// # Errors
/// When the answer is no, or the command cannot be carried out.
pub fn run(command: PolicyCommand) -> Outcome {
    match command {
        PolicyCommand::Check(arguments) => check::run(&arguments),
        PolicyCommand::Mutate(arguments) => mutate::run(&arguments),
        PolicyCommand::Test(arguments) => test::run(&arguments),
        PolicyCommand::ExplainLint { id } => explain_lint::run(id.as_deref()),
        PolicyCommand::Explain(arguments) => explain::run(&arguments),
        PolicyCommand::WhoCan(arguments) => who_can::run(&arguments),
        PolicyCommand::Matrix(arguments) => matrix::run(&arguments),
        PolicyCommand::Diff(arguments) => diff::run(&arguments),
        PolicyCommand::Init { folder } => init::run(&folder),
        PolicyCommand::Fmt(arguments) => fmt::run(&arguments),
        PolicyCommand::Schema { of } => schema::run(of),
    }
}
