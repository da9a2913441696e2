//! Why there is no scenario.

use std::fmt;

use auth_runtime::PolicyDiagnostic;

/// Why there is no scenario.
pub enum ScenarioError {
    /// The component refuses the policy, for each of these reasons.
    Policy(Vec<PolicyDiagnostic>),
    /// The service cannot be started.
    Service(String),
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(diagnostics) => {
                f.write_str("the policy is refused")?;
                for PolicyDiagnostic { start, reason, .. } in diagnostics {
                    write!(
                        f,
                        "\nline {}, column {}: {reason}",
                        start.line, start.column
                    )?;
                }
                Ok(())
            }
            Self::Service(reason) => write!(f, "the service cannot be started: {reason}"),
        }
    }
}

/// The same as the text to read, because a test prints its error so.
impl fmt::Debug for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ScenarioError {}
