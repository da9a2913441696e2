//! Findings as SARIF 2.1.0 (OASIS), the form that code scanning reads.

use std::fmt::Write;
use std::ops::Range;

use auth_lints::{Finding, LINTS, Lines, Lint};
use serde_json::{Value, json};

use super::{Checked, Place};

/// Writes one run with all rules and all findings.
pub fn sarif(checked: &[Checked]) -> String {
    let results: Vec<Value> = checked.iter().flat_map(results).collect();
    let report = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "countersign",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": LINTS.iter().map(|lint| rule(lint)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{report:#}\n")
}

fn rule(lint: &Lint) -> Value {
    json!({
        "id": lint.id,
        "shortDescription": { "text": lint.title },
        "fullDescription": { "text": lint.explanation },
        "help": { "text": lint.explanation, "markdown": lint.explanation },
        "defaultConfiguration": { "level": lint.severity.name() },
    })
}

fn results(checked: &Checked) -> Vec<Value> {
    let lines = Lines::of(&checked.file.text);
    let uri = uri(&checked.file.name);
    let location = |span: &Range<usize>| {
        let place = Place::of(span, &lines);
        json!({
            "artifactLocation": { "uri": uri },
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        })
    };
    let result = |finding: &Finding| {
        let related = finding.related.iter().map(|related| {
            json!({
                "physicalLocation": location(&related.span),
                "message": { "text": related.label },
            })
        });
        json!({
            "ruleId": finding.lint.id,
            "level": finding.severity().name(),
            "message": { "text": message(finding) },
            "locations": [{ "physicalLocation": location(&finding.span) }],
            "relatedLocations": related.collect::<Vec<_>>(),
        })
    };
    checked.findings.iter().map(result).collect()
}

fn message(finding: &Finding) -> String {
    match &finding.help {
        Some(help) => format!("{}; {help}", finding.message),
        None => finding.message.clone(),
    }
}

/// A path as a relative URI: `/` between the parts, and bytes that a URI cannot have in percent
/// signs (RFC 3986, 2.1).
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("a b/pölicy.toml"), "a%20b/p%C3%B6licy.toml");
    }
}
