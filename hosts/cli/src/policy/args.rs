//! The arguments of `countersign policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::settings::PolicySetting;

/// The commands of `countersign policy`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Check policy files and case files, and find what hardly can be meant in them
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
  countersign policy check shop.toml shop.cases.toml
  git show HEAD:countersign.toml | countersign policy check -
  countersign policy check --format sarif > policy.sarif")]
    Check(CheckPolicy),
    /// Run case files: decisions, passwords, tokens, and stories through the real flows
    #[command(after_help = super::test::EXAMPLES)]
    Test(super::test::Test),
    /// Find changes of the policy that no case notices
    #[command(after_help = super::mutate::EXAMPLES)]
    Mutate(super::mutate::Mutate),
    /// Explain a finding of `policy check`, or list all that there are
    #[command(after_help = "\
Examples:
  countersign policy explain-lint CS204")]
    ExplainLint {
        /// The id of the finding, such as CS204; without it, all ids are listed
        id: Option<String>,
    },
    /// Say why a permission is given or not, and what would turn that
    #[command(after_help = "\
The component decides; each change that would turn the decision was tried on it.

Examples:
  countersign policy explain orders:refund --role support --policy shop.toml
  countersign policy explain orders:read --role customer --own --policy shop.toml")]
    Explain(ExplainDecision),
    /// List the roles that have a permission
    #[command(after_help = "\
Exit status:
  0  there are roles with it
  1  no role has the permission
  2  wrong usage, or the policy cannot be read

Examples:
  countersign policy who-can users:delete --policy shop.toml")]
    WhoCan(WhoCan),
    /// Print a table of all permissions by role
    #[command(after_help = "\
A cell is yes, own (only on what the user owns), no (a rule denies it) or - (nothing allows it). The row \
of a pattern is about the permissions that have no row of their own.

Examples:
  countersign policy matrix --policy shop.toml
  countersign policy matrix --role support --format csv --policy shop.toml")]
    Matrix(Matrix),
    /// Say which decisions two policies make differently, or two builds of Countersign by one policy
    #[command(after_help = "\
The comparison is exact: permissions fall into classes that no rule tells apart, and every class is \
compared. Each difference has a permission for which the component confirmed it.

With --component the policy is compiled, and every class decided, by another build of the component and \
by that of this binary. `make component` writes the component of a build to a file. So an upgrade that \
would change a decision is seen before it is made.

Exit status:
  0  nothing differs that --fail-on names
  1  something does, or the other build refuses the policy
  2  wrong usage, or a policy or a component cannot be read

Examples:
  git show main:countersign.toml | countersign policy diff - countersign.toml --fail-on widen
  countersign policy diff countersign.toml --component countersign-0.1.wasm --fail-on any")]
    Diff(DiffPolicies),
    /// Write a first policy and first cases, with comments
    #[command(after_help = "\
A file that exists is never replaced.

Examples:
  countersign policy init shop")]
    Init {
        /// The folder
        #[arg(value_name = "FOLDER", default_value = ".")]
        folder: PathBuf,
    },
    /// Lay policy files out: spaces, blank lines and lists; comments stay
    #[command(after_help = "\
Prints the names of the files that changed. The component makes sure that each means the same as before.

Exit status:
  0  done, or nothing to do
  1  with --check: a file is not laid out
  2  a file cannot be read or written, or has errors

Examples:
  countersign policy fmt
  countersign policy fmt --check policies/*.toml")]
    Fmt(FormatPolicy),
    /// Print the JSON Schema of the policy file, or of case files
    #[command(after_help = "\
Examples:
  countersign policy schema > countersign.schema.json
  countersign policy schema cases > cases.schema.json")]
    Schema {
        /// The files that the schema is for
        #[arg(default_value = "policy")]
        of: SchemaOf,
    },
}

/// The files that a JSON Schema is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaOf {
    /// The policy file
    Policy,
    /// Case files
    Cases,
}

/// The arguments of `countersign policy check`
#[derive(Args, Debug)]
pub struct CheckPolicy {
    /// Policy files, or - for standard input; and case files, whose names end in .cases.toml
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

/// `countersign policy explain`
#[derive(Args, Debug)]
pub struct ExplainDecision {
    /// The permission, such as orders:read
    pub permission: String,
    /// A role of the user; may be repeated
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,
    /// Ask about something that the user owns
    #[arg(long)]
    pub own: bool,
    #[command(flatten)]
    pub policy: PolicySetting,
}

/// `countersign policy who-can`
#[derive(Args, Debug)]
pub struct WhoCan {
    /// The permission, such as orders:read
    pub permission: String,
    /// Ask about something that the user owns
    #[arg(long)]
    pub own: bool,
    /// List the roles that do not have it as well
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub policy: PolicySetting,
}

/// `countersign policy matrix`
#[derive(Args, Debug)]
pub struct Matrix {
    /// A role of the table; may be repeated [default: all]
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// How the table is written
    #[arg(long, default_value = "text")]
    pub format: MatrixFormat,
    #[command(flatten)]
    pub policy: PolicySetting,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MatrixFormat {
    /// Aligned columns
    Text,
    /// Comma-separated values (RFC 4180)
    Csv,
    /// A page for a browser
    Html,
}

/// `countersign policy fmt`
#[derive(Args, Debug)]
pub struct FormatPolicy {
    /// The policy files; - lays out standard input to standard output
    #[arg(value_name = "FILE", default_value = "countersign.toml")]
    pub files: Vec<PathBuf>,
    /// Change nothing, and fail when a file is not laid out
    #[arg(long)]
    pub check: bool,
}

/// `countersign policy diff`
#[derive(Args, Debug)]
pub struct DiffPolicies {
    /// The policy before, or - for standard input
    pub old: PathBuf,
    /// The policy after
    #[arg(required_unless_present = "component")]
    pub new: Option<PathBuf>,
    /// Compare this build of the component with that of this binary, on one policy
    #[arg(long, value_name = "WASM", conflicts_with = "new")]
    pub component: Option<PathBuf>,
    /// The differences that make the command fail
    #[arg(long, value_name = "KIND")]
    pub fail_on: Option<FailOn>,
    /// How the differences are written
    #[arg(long, default_value = "text")]
    pub format: DiffFormat,
}

/// The differences that make a comparison fail.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FailOn {
    /// A decision that gives more
    Widen,
    /// A decision that gives less
    Narrow,
    /// Any decision, or another value of a setting
    Any,
}

/// How differences are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DiffFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}
