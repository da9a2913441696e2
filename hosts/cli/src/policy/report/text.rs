//! Findings for people, as compilers write them.

use std::io::{self, IsTerminal};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use auth_lints::{Finding, Lines, Severity};

use super::{Checked, Place};

/// The most bytes between two places that are shown in one piece.
const NEAR: usize = 16 << 10;

/// Writes every finding with the lines that it is about; nothing where there is none. On a terminal
/// it has colours, unless `NO_COLOR` is set.
pub fn text(checked: &[Checked]) -> String {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let renderer = if io::stdout().is_terminal() && !is_plain {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    write(checked, &renderer)
}

fn write(checked: &[Checked], renderer: &Renderer) -> String {
    let mut text = String::new();
    for checked in checked {
        let lines = Lines::of(&checked.file.text);
        for finding in &checked.findings {
            let group = group(finding, &checked.file.name, &lines);
            text += &renderer.render(&[group]);
            text += "\n\n";
        }
    }
    text
}

fn group<'a>(finding: &'a Finding, name: &'a str, text: &Lines<'a>) -> Group<'a> {
    let level = match finding.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut message = shown(&finding.message);
    if !finding.path.is_empty() {
        message = format!("{}: {message}", shown(&finding.path));
    }
    let title = level.primary_title(message).id(finding.lint.id);
    let (near, far): (Vec<_>, Vec<_>) = finding
        .related
        .iter()
        .partition(|related| related.span.start.abs_diff(finding.span.start) < NEAR);
    let spans = near
        .iter()
        .map(|related| &related.span)
        .chain([&finding.span]);
    let shown_lines = lines(spans, text);
    let mut snippet = snippet(&shown_lines, name, text);
    snippet = snippet.annotation(AnnotationKind::Primary.span(within(&finding.span, &shown_lines)));
    for related in near {
        let span = within(&related.span, &shown_lines);
        snippet = snippet.annotation(AnnotationKind::Context.span(span).label(&related.label));
    }
    let mut group = title.element(snippet);
    for related in far {
        let shown_lines = lines([&related.span], text);
        let span = within(&related.span, &shown_lines);
        let annotation = AnnotationKind::Context.span(span).label(&related.label);
        group = group.element(self::snippet(&shown_lines, name, text).annotation(annotation));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help));
    }
    if let Some(clause) = finding.lint.clause {
        group = group.element(Level::NOTE.message(clause));
    }
    group
}

/// The bytes of the lines on which the spans are.
fn lines<'a>(spans: impl IntoIterator<Item = &'a Range<usize>>, text: &Lines<'_>) -> Range<usize> {
    let places = spans.into_iter().map(|span| {
        let place = Place::of(span, text);
        text.start(place.line)..text.start(place.end_line + 1)
    });
    let all = places.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
    all.unwrap_or_default()
}

fn snippet<'a>(
    lines: &Range<usize>,
    name: &'a str,
    text: &Lines<'a>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let (first, _) = text.position(lines.start);
    Snippet::source(text.text().get(lines.clone()).unwrap_or_default())
        .line_start(first)
        .path(name)
}

fn within(span: &Range<usize>, lines: &Range<usize>) -> Range<usize> {
    span.start - lines.start..span.end.min(lines.end) - lines.start
}

/// A text of the file as part of a title: without what would move the cursor of a terminal.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
