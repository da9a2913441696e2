//! The text of a file, and places in it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of cases, or one that a case file names. Clones refer to the same text.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    path: PathBuf,
    text: String,
    /// The byte at which each line begins.
    lines: Vec<usize>,
}

/// A line and a column, both counted from 1; the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, as editors count them.
    pub line: usize,
    /// The column, as editors count them.
    pub column: usize,
}

/// Some bytes of a [`Source`], by their range.
#[derive(Clone)]
pub struct Span {
    /// The file that the bytes are in.
    pub source: Source,
    /// The first byte, and the one after the last.
    pub bytes: Range<usize>,
}

impl Source {
    /// Wraps the text of the file at `path`. A byte order mark stays part of the text, so that
    /// offsets are those of the file.
    #[must_use]
    pub fn new(path: &Path, text: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = [0]
            .into_iter()
            .chain(ends.map(|(end, _)| end + 1))
            .collect();
        Self(Arc::new(Inner {
            path: path.to_owned(),
            text,
            lines,
        }))
    }

    /// The path under which the file was found.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The whole text, as the file has it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// A span of this file.
    #[must_use]
    pub fn span(&self, bytes: Range<usize>) -> Span {
        Span {
            source: self.clone(),
            bytes,
        }
    }

    /// The text of a line, counted from 1, without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let start = self.0.lines.get(line.wrapping_sub(1)).copied();
        let end = self.0.lines.get(line).copied().unwrap_or(self.0.text.len());
        let text = start.and_then(|start| self.0.text.get(start..end));
        text.unwrap_or_default().trim_end_matches(['\r', '\n'])
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.0.lines.partition_point(|start| *start <= offset);
        let start = self.0.lines[line - 1];
        let before = self.0.text.get(start..offset).unwrap_or_default();
        Place {
            line,
            column: before.trim_start_matches('\u{feff}').chars().count() + 1,
        }
    }
}

impl Span {
    /// Where the span begins: the place of its first character.
    #[must_use]
    pub fn start(&self) -> Place {
        self.source.place(self.bytes.start)
    }

    /// Where the span ends: the place after its last character.
    #[must_use]
    pub fn end(&self) -> Place {
        self.source.place(self.bytes.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_any_end_of_line() {
        let source = Source::new(Path::new("a"), "\u{feff}é = 1\r\nß ö\n".to_owned());
        let place = |bytes| {
            let start = source.span(bytes).start();
            (start.line, start.column)
        };
        let text = source.text();
        for (found, expected) in [("é", (1, 1)), ("1", (1, 5)), ("ß", (2, 1)), ("ö", (2, 3))] {
            let at = text.find(found).unwrap();
            assert_eq!(place(at..at), expected, "{found}");
        }
        assert_eq!(place(text.len()..text.len()), (3, 1));
        assert_eq!(
            [source.line(1), source.line(2), source.line(9)],
            ["\u{feff}é = 1", "ß ö", ""]
        );
    }
}
