//! Findings as one JSON object.

use auth_lints::Lines;
use serde_json::{Value, json};

use super::{Checked, Place};

/// Writes the version of the form, the component, and every finding with its place.
pub fn json(checked: &[Checked]) -> String {
    let findings: Vec<Value> = checked.iter().flat_map(of_file).collect();
    let report = json!({
        "version": 1,
        "component": format!("sha256:{}", auth_artifact::SHA256),
        "findings": findings,
    });
    format!("{report:#}\n")
}

fn of_file(checked: &Checked) -> Vec<Value> {
    let lines = Lines::of(&checked.file.text);
    let findings = checked.findings.iter().map(|finding| {
        let place = Place::of(&finding.span, &lines);
        json!({
            "id": finding.lint.id,
            "title": finding.lint.title,
            "severity": finding.severity().name(),
            "file": checked.file.name,
            "start": { "line": place.line, "column": place.column },
            "end": { "line": place.end_line, "column": place.end_column },
            "path": finding.path,
            "message": finding.message,
            "help": finding.help,
            "clause": finding.lint.clause,
        })
    });
    findings.collect()
}
