//! `countersign policy check`: what the component refuses in a policy, and what the lints find in it and
//! in case files.

use std::io::{self, Write};

use auth_lints::{Finding, Severity};
use auth_runtime::{Allocation, Engine};

use super::args::{CheckPolicy, FailLevel, Format};
use super::case_lints;
use super::file::PolicyFile;
use super::report::{self, Checked};
use crate::failure::{Failure, Outcome, unanswered};

/// Checks the files and prints what was found.
///
/// # Errors
/// When a finding is as grave as `--fail-level`, or a file cannot be read.
pub fn run(arguments: &CheckPolicy) -> Outcome {
    let engine = Engine::load(Allocation::OnDemand).map_err(unanswered)?;
    let mut checked = Vec::new();
    for path in &arguments.files {
        if case_lints::has_cases(path) {
            checked.extend(case_lints::check(&engine, path)?);
            continue;
        }
        let file = PolicyFile::read(path)?;
        let findings = check(&engine, &file)?;
        checked.push(Checked { file, findings });
    }
    let text = match arguments.format {
        Format::Text => report::text(&checked),
        Format::Json => report::json(&checked),
        Format::Sarif => report::sarif(&checked),
    };
    io::stdout().write_all(text.as_bytes())?;
    let findings = || checked.iter().flat_map(|checked| &checked.findings);
    if findings().any(|finding| finding.severity() >= least(arguments.fail_level)) {
        return Err(Failure::Refused(summary(findings())));
    }
    Ok(())
}

fn check(engine: &Engine, file: &PolicyFile) -> anyhow::Result<Vec<Finding>> {
    match &file.not_utf8 {
        Some(span) => Ok(vec![auth_lints::not_utf8(span.clone())]),
        None => Ok(auth_lints::check(engine, &file.text)?),
    }
}

fn least(level: FailLevel) -> Severity {
    match level {
        FailLevel::Note => Severity::Note,
        FailLevel::Warning => Severity::Warning,
        FailLevel::Error => Severity::Error,
    }
}

/// For example `1 error, 2 warnings`.
fn summary<'a>(findings: impl Iterator<Item = &'a Finding> + Clone) -> String {
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let count = findings
            .clone()
            .filter(|finding| finding.severity() == severity)
            .count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {}{plural}", severity.name()))
    });
    counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
