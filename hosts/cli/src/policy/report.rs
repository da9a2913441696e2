//! Writes findings: for people, as JSON and as SARIF.

mod json;
mod sarif;
mod text;

use std::ops::Range;

use auth_lints::{Finding, Lines};

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

impl Place {
    fn of(span: &Range<usize>, lines: &Lines<'_>) -> Self {
        let (line, column) = lines.position(span.start);
        let (end_line, end_column) = lines.position(span.end);
        Self {
            line,
            column,
            end_line,
            end_column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let text = "ä = 1\r\nb = 'ü'\n";
        let place = Place::of(&(12..16), &Lines::of(text));
        assert_eq!((place.line, place.column), (2, 5));
        assert_eq!((place.end_line, place.end_column), (2, 8));
    }
}
