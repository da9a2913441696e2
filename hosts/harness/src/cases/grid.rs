//! Grids: subjects in columns, permissions in rows.
//!
//! The cells are a literal string (`'''`), so that a place in the string is a place in the file.

use std::ops::Range;
use std::sync::Arc;

use crate::case_lint::CaseLint;
use crate::cases::access::{ANSWERS, Access, Answer, Stated, is_permission, not_a_permission};
use crate::cases::subject::{Subject, Subjects, find_name};
use crate::fault::{Fault, Faults, unknown};
use crate::reader::Fields;
use crate::source::Source;

/// A cell that is not asserted.
const NOT_ASSERTED: &str = ".";

/// A cell of a grid: where it stands, and its case or what is wrong with it.
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) bytes: Range<usize>,
    pub(crate) case: Result<Access, Vec<Fault>>,
}

/// Reads a `[[grid]]`. What is wrong with one cell or row fails alone.
pub(crate) fn read(fields: &mut Fields<'_, '_>, source: &Source, subjects: &Subjects) -> Vec<Cell> {
    let Some(cells) = fields.required("cells") else {
        return Vec::new();
    };
    let Some(bytes) = literal(source.text(), &cells.bytes) else {
        fields.faults.add(
            cells.bytes,
            "the cells must be a literal string: `cells = '''`",
        );
        return Vec::new();
    };
    let mut lines = lines(source.text(), bytes).filter(|words| !words.is_empty());
    let Some(header) = lines.next() else {
        fields.faults.add(
            cells.bytes,
            "the grid is empty; its first row names subjects",
        );
        return Vec::new();
    };
    let columns: Vec<_> = header
        .iter()
        .map(|word| column(word, source, subjects, fields.faults))
        .collect();
    let mut read = Vec::new();
    for row in lines {
        self::row(&row, &columns, source, fields.faults, &mut read);
    }
    if read.is_empty() {
        fields.faults.add(cells.bytes, "the grid asserts nothing");
    }
    read
}

fn column(
    word: &Range<usize>,
    source: &Source,
    subjects: &Subjects,
    faults: &mut Faults,
) -> Option<Arc<Subject>> {
    find_name(&source.text()[word.clone()], word.clone(), subjects, faults)
}

fn row(
    words: &[Range<usize>],
    columns: &[Option<Arc<Subject>>],
    source: &Source,
    faults: &mut Faults,
    read: &mut Vec<Cell>,
) {
    let [first, cells @ ..] = words else { return };
    let text = |word: &Range<usize>| &source.text()[word.clone()];
    let permission = text(first);
    if !is_permission(permission) {
        return faults.add(first.clone(), not_a_permission(permission));
    }
    if cells.len() != columns.len() {
        let reason = format!(
            "the row of `{permission}` has {} cells for {} subjects; `.` is a cell that is not asserted",
            cells.len(),
            columns.len()
        );
        return faults.add(first.clone(), reason);
    }
    for (word, subject) in cells.iter().zip(columns) {
        let (Some(subject), true) = (subject, text(word) != NOT_ASSERTED) else {
            continue;
        };
        let case = Answer::parse(text(word)).map(|expected| Access {
            subject: Arc::clone(subject),
            permission: permission.to_owned(),
            owner: None,
            expected,
            expected_at: Some(Stated {
                bytes: word.clone(),
                is_quoted: false,
            }),
            why: None,
        });
        read.push(Cell {
            name: format!("{permission} as {}", subject.name),
            bytes: word.clone(),
            case: case.ok_or_else(|| vec![unknown_cell(word, text(word))]),
        });
    }
}

fn unknown_cell(bytes: &Range<usize>, text: &str) -> Fault {
    let known: Vec<_> = ANSWERS
        .iter()
        .map(|(name, _)| *name)
        .chain([NOT_ASSERTED])
        .collect();
    Fault {
        lint: CaseLint::Unreadable,
        bytes: bytes.clone(),
        reason: unknown("cell", text, &known),
    }
}

/// The bytes between the quotes of a literal string of several lines.
fn literal(text: &str, bytes: &Range<usize>) -> Option<Range<usize>> {
    const QUOTES: &str = "'''";
    let inner = text
        .get(bytes.clone())?
        .strip_prefix(QUOTES)?
        .strip_suffix(QUOTES)?;
    let start = bytes.start + QUOTES.len();
    Some(start..start + inner.len())
}

/// The words of each line, as bytes of the file. `#` begins a comment.
fn lines(text: &str, bytes: Range<usize>) -> impl Iterator<Item = Vec<Range<usize>>> {
    let mut start = bytes.start;
    text[bytes].split_inclusive('\n').map(move |line| {
        let begin = start;
        start += line.len();
        let read = line.split('#').next().unwrap_or_default();
        let mut at = 0;
        let mut words = Vec::new();
        for word in read.split_ascii_whitespace() {
            // `split_ascii_whitespace` gives the words in order, so each is found after the last.
            let found = at + read[at..].find(word).unwrap_or_default();
            at = found + word.len();
            words.push(begin + found..begin + at);
        }
        words
    })
}
