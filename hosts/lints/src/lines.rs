//! The lines of a text, to turn bytes into lines and columns and back.

use auth_runtime::TextPosition;

/// The lines of a text. Lines and columns count from 1, columns in characters.
pub struct Lines<'text> {
    text: &'text str,
    starts: Vec<usize>,
}

impl<'text> Lines<'text> {
    /// Finds the lines of a text.
    #[must_use]
    pub fn of(text: &'text str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self) -> &'text str {
        self.text
    }

    /// The line and column of a byte.
    #[must_use]
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte);
        let before = self.text.get(self.start(line)..byte).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The byte at which a line starts. The end of the text for a line that it does not have.
    #[must_use]
    pub fn start(&self, line: usize) -> usize {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        start.copied().unwrap_or(self.text.len())
    }

    /// The byte at a position that the component names.
    pub(crate) fn byte(&self, position: TextPosition) -> usize {
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX).max(1);
        let start = self.start(number(position.line));
        let rest = self.text.get(start..).unwrap_or_default();
        let column = rest.char_indices().nth(number(position.column) - 1);
        start + column.map_or(rest.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let text = "ä = 1\r\nb = 'ü'\n";
        let lines = Lines::of(text);
        assert_eq!(lines.position(12), (2, 5));
        assert_eq!(lines.position(16), (2, 8));
        assert_eq!(lines.position(text.len()), (3, 1));
        assert_eq!(lines.position(0), (1, 1));
    }
}
