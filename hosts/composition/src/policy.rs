//! Reads the operator's policy and has the component compile it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use auth_runtime::{CompiledPolicy, Engine, PolicyDiagnostic};

/// Compiles the policy file. Without a file it compiles an empty policy, in which every default
/// holds.
///
/// # Errors
/// When the file cannot be read, or cannot be compiled. Then the error has every diagnostic as
/// `file:line:column: path: reason`.
pub fn compile(engine: &Engine, file: Option<&Path>) -> Result<CompiledPolicy> {
    let Some(file) = file else {
        return compile_text(engine, "", Path::new("default policy"));
    };
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the policy `{}`", file.display()))?;
    compile_text(engine, &text, file)
}

fn compile_text(engine: &Engine, text: &str, file: &Path) -> Result<CompiledPolicy> {
    let compiled = engine.compile_policy(text).map_err(|error| error.cause)?;
    compiled.map_err(|diagnostics| anyhow::Error::msg(describe(&diagnostics, file)))
}

fn describe(diagnostics: &[PolicyDiagnostic], file: &Path) -> String {
    let number = match diagnostics.len() {
        1 => "one error".to_owned(),
        number => format!("{number} errors"),
    };
    let mut text = format!("the policy has {number}");
    for PolicyDiagnostic {
        start,
        path,
        reason,
        ..
    } in diagnostics
    {
        let (line, column) = (start.line, start.column);
        let _ = write!(text, "\n{}:{line}:{column}: ", file.display());
        if !path.is_empty() {
            let _ = write!(text, "{path}: ");
        }
        text.push_str(reason);
    }
    text
}

#[cfg(test)]
mod tests {
    use auth_runtime::{PolicyFault, TextPosition};

    use super::*;

    #[test]
    fn diagnostics_are_named_by_their_place() {
        let diagnostic = |line, path: &str, reason: &str| PolicyDiagnostic {
            fault: PolicyFault::UnknownRole,
            start: TextPosition { line, column: 3 },
            end: TextPosition { line, column: 4 },
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let diagnostics = [
            diagnostic(1, "", "not TOML"),
            diagnostic(9, "roles.a.inherits", "unknown role `b`"),
        ];
        assert_eq!(
            describe(&diagnostics, Path::new("a/countersign.toml")),
            "the policy has 2 errors\n\
             a/countersign.toml:1:3: not TOML\n\
             a/countersign.toml:9:3: roles.a.inherits: unknown role `b`",
        );
    }
}
