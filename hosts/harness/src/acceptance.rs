//! Writes the answers that came into case files, in place of those that were expected.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::correction::Correction;
use crate::result::{Report, Verdict};
use crate::source::Source;

/// Writes every correction of the report into its file. Everything else in the files stays, and columns
/// of grids stay in line where there is room. Returns how many there were in each file.
///
/// # Errors
/// When a file cannot be written, or is not the one that was run any more. Files before it are written.
pub fn accept(report: &Report) -> io::Result<Vec<(PathBuf, usize)>> {
    let mut files: BTreeMap<&Path, (&Source, Vec<&Correction>)> = BTreeMap::new();
    for outcome in &report.outcomes {
        let Verdict::Failed(failure) = &outcome.verdict else {
            continue;
        };
        if let Some(correction) = &failure.correction {
            let source = &outcome.span.source;
            let entry = files.entry(source.path());
            entry.or_insert((source, Vec::new())).1.push(correction);
        }
    }
    let mut written = Vec::new();
    for (path, (source, corrections)) in files {
        if fs::read(path)? != source.text().as_bytes() {
            let reason = format!("`{}` was changed while its cases ran", path.display());
            return Err(io::Error::other(reason));
        }
        fs::write(path, corrected(source.text(), &corrections))?;
        written.push((path.to_owned(), corrections.len()));
    }
    Ok(written)
}

fn corrected(text: &str, corrections: &[&Correction]) -> String {
    let mut corrections = corrections.to_vec();
    corrections.sort_by_key(|correction| correction.bytes.start);
    let mut corrected = String::new();
    let mut from = 0;
    for Correction { bytes, text: new } in corrections {
        let after = text.get(bytes.end..).unwrap_or_default();
        let spaces = after.len() - after.trim_start_matches(' ').len();
        let is_last = after.trim_start_matches(' ').starts_with(['\r', '\n', '#']);
        corrected.push_str(text.get(from..bytes.start).unwrap_or_default());
        corrected.push_str(new);
        from = bytes.end;
        // The next cell of a row stays in its column.
        let room = if is_last { 0 } else { spaces };
        match new.len().checked_sub(bytes.len()) {
            Some(longer) => from += longer.min(room.saturating_sub(1)),
            None if room > 0 => corrected.push_str(&" ".repeat(bytes.len() - new.len())),
            None => {}
        }
    }
    corrected.push_str(text.get(from..).unwrap_or_default());
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_in_line_where_there_is_room() {
        for (text, at, new, expected) in [
            ("a:b  own  yes\n", 5..8, "-", "a:b  -    yes\n"),
            ("a:b  -    yes\n", 5..6, "own", "a:b  own  yes\n"),
            ("a:b  - yes\n", 5..6, "own", "a:b  own yes\n"),
            ("a:b  own  -\r\n", 10..11, "yes", "a:b  own  yes\r\n"),
            ("a:b  yes  # c\n", 5..8, "-", "a:b  -  # c\n"),
            ("expect = \"own\"\n", 9..14, "\"-\"", "expect = \"-\"\n"),
        ] {
            let correction = Correction {
                bytes: at,
                text: new.to_owned(),
            };
            assert_eq!(corrected(text, &[&correction]), expected);
        }
    }
}
