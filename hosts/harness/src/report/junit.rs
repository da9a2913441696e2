//! The report as JUnit, one test case a case.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::case::Finding;
use crate::result::{Outcome, Report, Verdict};
use crate::source::Span;

/// The report as JUnit: a test suite for each file and kind, a test case for each case.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut junit = Junit::new("countersign policy test");
    let mut suites: Vec<TestSuite> = Vec::new();
    for outcome in &report.outcomes {
        let name = format!(
            "{} {}",
            outcome.span.source.path().display(),
            outcome.kind.name()
        );
        let is_next = suites
            .last()
            .is_none_or(|suite| suite.name.as_str() != name);
        if is_next {
            suites.push(TestSuite::new(name));
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_case(case(outcome));
        }
    }
    junit.add_test_suites(suites);
    // Only what is no character of XML could fail, and the crate leaves that out.
    junit.to_string().unwrap_or_default()
}

fn case(outcome: &Outcome) -> TestCase {
    let status = match &outcome.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::NotRun => TestCaseStatus::skipped(),
        Verdict::Failed(failure) => {
            let message = format!("expected {}, actual {}", failure.expected, failure.actual);
            let lines = [place(&failure.span), message.clone()]
                .into_iter()
                .chain(failure.notes.iter().cloned());
            refused(NonSuccessKind::Failure, message, lines)
        }
        Verdict::Malformed(findings) => {
            let line = |finding: &Finding| format!("{}: {}", place(&finding.span), finding.reason);
            let message = findings.first().map(|finding| finding.reason.clone());
            refused(
                NonSuccessKind::Error,
                message.unwrap_or_default(),
                findings.iter().map(line),
            )
        }
    };
    let mut case = TestCase::new(outcome.name.clone(), status);
    let start = outcome.span.start();
    case.extra.insert(
        "file".into(),
        outcome.span.source.path().display().to_string().into(),
    );
    case.extra
        .insert("line".into(), start.line.to_string().into());
    case
}

fn refused(
    kind: NonSuccessKind,
    message: String,
    lines: impl Iterator<Item = String>,
) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status.set_description(lines.collect::<Vec<_>>().join("\n"));
    status
}

fn place(span: &Span) -> String {
    let start = span.start();
    format!(
        "{}:{}:{}",
        span.source.path().display(),
        start.line,
        start.column
    )
}
