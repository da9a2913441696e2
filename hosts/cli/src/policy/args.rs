//! The arguments of `countersign policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// The commands of `countersign policy`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Check policy files, and find what hardly can be meant in them
    #[command(after_help = "\
Errors are what a server refuses. Warnings and notes are found by the lints; what a lint says about a \
decision, the component has confirmed. A comment with a reason lets a finding stand, for instance:

Ignoring:
  allow = [\"orders:*\", \"orders:read\"]  # countersign: allow CS202 because the wildcard will go

Exit status:
  0  nothing is as grave as --fail-level
  1  there are findings
  2  wrong usage, or a file cannot be read

Examples:
  countersign policy check
  countersign policy check --fail-level error policies/*.toml
  git show HEAD:countersign.toml | countersign policy check -
  countersign policy check --format sarif > policy.sarif")]
    Check(CheckPolicy),
    /// Explain a finding of `policy check`, or list all that there are
    #[command(after_help = "\
Examples:
  countersign policy explain-lint CS204")]
    ExplainLint {
        /// The id of the finding, such as CS204; without it, all ids are listed
        id: Option<String>,
    },
}

/// The arguments of `countersign policy check`
#[derive(Args, Debug)]
pub struct CheckPolicy {
    /// The policy files, or - for standard input
    #[arg(value_name = "FILE", default_value = "countersign.toml")]
    pub files: Vec<PathBuf>,
    /// How the findings are written
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// The least grave finding that makes the command fail
    #[arg(long, value_name = "LEVEL", default_value = "warning")]
    pub fail_level: FailLevel,
}

/// How the findings of a check are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For people: each finding with the lines that it is about
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// The least grave finding that makes a check fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailLevel {
    /// Notes, warnings and errors
    Note,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
}
