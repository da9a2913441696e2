//! The report for people.

use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::result::{Outcome, Report, Verdict};
use crate::source::Span;

/// The cases that failed, each with its place, and the counts at the end.
#[must_use]
pub fn render(report: &Report, has_colours: bool) -> String {
    let renderer = if has_colours {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for outcome in &report.outcomes {
        for block in blocks(outcome, &renderer) {
            text.push_str(&block);
            text.push_str("\n\n");
        }
    }
    let _ = write!(
        text,
        "{} passed, {} failed",
        report.passed(),
        report.failed()
    );
    if report.not_run() > 0 {
        let _ = write!(text, ", {} not run", report.not_run());
    }
    text.push('\n');
    text
}

fn blocks(outcome: &Outcome, renderer: &Renderer) -> Vec<String> {
    let title = format!("{}: {}", outcome.kind.name(), outcome.name);
    match &outcome.verdict {
        Verdict::Passed | Verdict::NotRun => Vec::new(),
        Verdict::Malformed(findings) => {
            let one = |finding: &crate::case::Finding| {
                block(renderer, &title, &finding.span, &finding.reason, &[])
            };
            findings.iter().map(one).collect()
        }
        Verdict::Failed(failure) => {
            let notes = [
                format!("expected {}", failure.expected),
                format!("actual   {}", failure.actual),
            ];
            let notes: Vec<_> = notes
                .into_iter()
                .chain(failure.notes.iter().cloned())
                .collect();
            let label = format!("expected {}", failure.expected);
            vec![block(renderer, &title, &failure.span, &label, &notes)]
        }
    }
}

fn block(renderer: &Renderer, title: &str, span: &Span, label: &str, notes: &[String]) -> String {
    let start = span.start();
    let line = span.source.line(start.line);
    let path = span.source.path().display().to_string();
    let snippet = Snippet::source(line)
        .line_start(start.line)
        .path(path)
        .annotation(
            AnnotationKind::Primary
                .span(in_line(span, line))
                .label(label),
        );
    let mut group = Level::ERROR.primary_title(title).element(snippet);
    for note in notes.iter().filter(|note| *note != label) {
        group = group.element(Level::NOTE.no_name().message(note));
    }
    renderer.render(&[group])
}

/// The bytes of the span within its first line.
fn in_line(span: &Span, line: &str) -> Range<usize> {
    let column = span.start().column - 1;
    let bom = line.len() - line.trim_start_matches('\u{feff}').len();
    let start = line[bom..]
        .char_indices()
        .nth(column)
        .map_or(line.len(), |(at, _)| bom + at);
    let end = start + span.bytes.len();
    start..end.min(line.len()).max(start)
}
