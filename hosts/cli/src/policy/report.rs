//! Writes findings: for people, as JSON and as SARIF.

mod json;
mod sarif;
mod text;

use std::ops::Range;

use auth_lints::Finding;

pub use json::json;
pub use sarif::sarif;
pub use text::text;

use super::file::PolicyFile;

/// A file with what was found in it.
pub struct Checked {
    /// The file as it was read.
    pub file: PolicyFile,
    /// What was found, in the order of the places.
    pub findings: Vec<Finding>,
}

/// Lines and columns of a part of a text, counted from 1, the columns in characters.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// Finds the places of the findings of a file.
struct Places<'text> {
    text: &'text str,
    starts: Vec<usize>,
}

impl<'text> Places<'text> {
    fn of(text: &'text str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    fn find(&self, span: &Range<usize>) -> Place {
        let (line, column) = self.position(span.start);
        let (end_line, end_column) = self.position(span.end);
        Place {
            line,
            column,
            end_line,
            end_column,
        }
    }

    fn position(&self, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.start(line);
        let before = self.text.get(start..byte).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The byte at which a line starts.
    fn start(&self, line: usize) -> usize {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        start.copied().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let text = "ä = 1\r\nb = 'ü'\n";
        let places = Places::of(text);
        let place = places.find(&(12..16));
        assert_eq!((place.line, place.column), (2, 5));
        assert_eq!((place.end_line, place.end_column), (2, 8));
        assert_eq!(places.position(text.len()), (3, 1));
        assert_eq!(places.position(0), (1, 1));
    }
}
