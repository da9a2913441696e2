//! `countersign policy check` of case files.

use std::path::Path;

use anyhow::Context;
use auth_harness::{ENDING, Source, lint};
use auth_lints::{Finding, apply_ignores, catalogue};
use auth_runtime::Engine;

use super::file::PolicyFile;
use super::report::Checked;
use super::running::default_root;
use crate::failure::Outcome;

/// Whether the path is that of a case file.
pub fn has_cases(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().ends_with(ENDING)
}

/// What is found in a case file, and in the files that it includes.
///
/// # Errors
/// When it cannot be read, or the component failed.
pub fn check(engine: &Engine, path: &Path) -> Outcome<Vec<Checked>> {
    let paths = [path.to_owned()];
    let root = default_root(&paths)?;
    let mut checked: Vec<Checked> = Vec::new();
    for found in lint(engine, &paths, &root)? {
        let source = &found.span.source;
        let name = source.path().display().to_string();
        let known = checked.iter_mut().find(|checked| checked.file.name == name);
        let entry = match known {
            Some(entry) => entry,
            None => {
                checked.push(of(source, name));
                checked.last_mut().context("it was added")?
            }
        };
        // A byte order mark counts in places of the harness, and not in those of a report.
        let mark = source.text().len() - entry.file.text.len();
        let [start, end] =
            [found.span.bytes.start, found.span.bytes.end].map(|at| at.saturating_sub(mark));
        entry.findings.push(Finding {
            lint: catalogue::find(found.lint.id()).context("each lint has a page")?,
            span: start..end,
            path: String::new(),
            message: found.reason,
            help: None,
            related: Vec::new(),
        });
    }
    for checked in &mut checked {
        apply_ignores(&checked.file.text, &mut checked.findings);
        checked
            .findings
            .sort_by_key(|finding| (finding.span.start, finding.lint.id));
    }
    Ok(checked)
}

fn of(source: &Source, name: String) -> Checked {
    Checked {
        file: PolicyFile::of(name, source.text().as_bytes().to_vec()),
        findings: Vec::new(),
    }
}
