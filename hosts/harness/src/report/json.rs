//! The report as JSON.

use serde_json::{Value, json};

use crate::result::{Outcome, Report, Verdict};
use crate::source::Span;

/// The report as one JSON object: the counts, and each case with its place and what came of it.
#[must_use]
pub fn render(report: &Report) -> String {
    let cases: Vec<_> = report.outcomes.iter().map(case).collect();
    let report = json!({
        "passed": report.passed(),
        "failed": report.failed(),
        "not_run": report.not_run(),
        "cases": cases,
    });
    format!("{report}\n")
}

fn case(outcome: &Outcome) -> Value {
    let mut case = json!({
        "kind": outcome.kind.name(),
        "name": outcome.name,
        "place": place(&outcome.span),
    });
    case["status"] = match &outcome.verdict {
        Verdict::Passed => "passed".into(),
        Verdict::NotRun => "not-run".into(),
        Verdict::Failed(failure) => {
            case["failure"] = json!({
                "place": place(&failure.span),
                "expected": failure.expected,
                "actual": failure.actual,
                "notes": failure.notes,
            });
            "failed".into()
        }
        Verdict::Malformed(findings) => {
            let findings = findings.iter().map(
                |it| json!({ "id": it.lint.id(), "place": place(&it.span), "reason": it.reason }),
            );
            case["findings"] = findings.collect();
            "malformed".into()
        }
    };
    case
}

fn place(span: &Span) -> Value {
    let (start, end) = (span.start(), span.end());
    json!({
        "file": span.source.path().display().to_string(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    })
}
