//! Comments that let a finding stand: `# countersign: allow CS204 because …`.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use crate::catalogue::{self, BAD_IGNORE, Severity, UNUSED_IGNORE};
use crate::finding::{Draft, Finding};

/// Takes out the findings that a comment of the TOML text allows, and adds findings for comments that are
/// not understood or allow nothing.
pub fn apply(text: &str, findings: &mut Vec<Finding>) {
    if !text.contains("countersign:") {
        return;
    }
    let mut found = Vec::new();
    for (comment, target) in comments(text) {
        match Ignore::parse(text, &comment) {
            None => {}
            Some(Err(reason)) => found.push(of(&BAD_IGNORE, comment, reason)),
            Some(Ok(ignore)) => {
                for id in ignore.ids {
                    let before = findings.len();
                    findings.retain(|finding| {
                        finding.lint.id != id || !target.contains(&finding.span.start)
                    });
                    if findings.len() == before {
                        let message = format!("there is no {id} at this line");
                        found.push(of(&UNUSED_IGNORE, comment.clone(), message));
                    }
                }
            }
        }
    }
    findings.extend(found);
}

fn of(lint: &'static catalogue::Lint, span: Range<usize>, message: String) -> Finding {
    Draft::new(lint, span, String::new(), message).finding
}

struct Ignore {
    ids: Vec<&'static str>,
}

impl Ignore {
    /// Reads a comment; `None` when it is not meant for Countersign.
    fn parse(text: &str, comment: &Range<usize>) -> Option<Result<Self, String>> {
        let comment = text.get(comment.clone())?.trim_start_matches('#').trim();
        let command = comment.strip_prefix("countersign:")?.trim();
        Some(Self::parse_command(command))
    }

    fn parse_command(command: &str) -> Result<Self, String> {
        let Some(rest) = command.strip_prefix("allow ") else {
            return Err("a comment for Countersign begins with `allow`".to_owned());
        };
        let (ids, reason) = rest.split_once(" because").unwrap_or((rest, ""));
        if reason.trim().is_empty() {
            return Err("there is no reason: write `because …` after the id".to_owned());
        }
        let words = ids.split([',', ' ']).filter(|word| !word.is_empty());
        let ids: Result<Vec<_>, String> = words.map(id).collect();
        match ids? {
            ids if ids.is_empty() => Err("there is no id".to_owned()),
            ids => Ok(Self { ids }),
        }
    }
}

fn id(word: &str) -> Result<&'static str, String> {
    let lint = catalogue::find(word).ok_or_else(|| format!("there is no lint `{word}`"))?;
    if lint.severity == Severity::Error {
        return Err(format!("{} is an error, which cannot be ignored", lint.id));
    }
    Ok(lint.id)
}

/// The comments of the text, each with the bytes of the line that it is about: its own, or the next
/// one that has more than a comment where it stands alone.
fn comments(text: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let tokens = Source::new(text).lex();
    let spans = tokens.filter(|token| token.kind() == TokenKind::Comment);
    let spans = spans.map(|token| token.span().start()..token.span().end());
    let marked = |span: &Range<usize>| {
        text.get(span.clone())
            .is_some_and(|text| text.contains("countersign:"))
    };
    spans
        .filter(marked)
        .map(|span| {
            let before = text.get(..span.start).unwrap_or_default();
            let line = before.rfind('\n').map_or(0, |at| at + 1);
            let stands_alone = before
                .get(line..)
                .is_some_and(|line| line.trim().is_empty());
            let target = if stands_alone {
                next_line(text, span.end)
            } else {
                line..span.end
            };
            (span, target)
        })
        .collect()
}

/// The bytes of the first line after `from` that is neither empty nor only a comment.
fn next_line(text: &str, from: usize) -> Range<usize> {
    let mut start = from;
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with('#') {
            return start..start + line.len();
        }
        start += line.len();
    }
    start..start
}
