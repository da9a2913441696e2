//! Collects the diagnostics of a policy file, with their places.

use std::collections::BinaryHeap;
use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// One finding about a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of fault it is.
    pub fault: Fault,
    /// The position at which the fault begins.
    pub start: Position,
    /// Where it ends: the position after its last character. The same as `start` where something
    /// is missing.
    pub end: Position,
    /// The key concerned, for example `password.min_length` or `roles.editor.inherits`; empty when
    /// the text is not TOML.
    pub path: String,
    /// What is wrong, in one sentence without a final stop.
    pub reason: String,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
}

/// The kinds of faults for which a policy is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// CS001: the text is not TOML.
    NotToml,
    /// CS002: the text is larger, nests deeper, or comes to more rules than the compiler takes.
    TooLarge,
    /// CS003: a table does not have this key.
    UnknownKey,
    /// CS004: the value of a key has another type.
    WrongType,
    /// CS005: the value of a key is none of those that it may have.
    ImpossibleValue,
    /// CS006: a value contradicts another one, or has no effect beside it.
    Contradiction,
    /// CS007: a role or a permission has a name that it cannot have.
    MalformedName,
    /// CS101: a role is named that the policy does not define.
    UnknownRole,
    /// CS102: a role inherits itself.
    InheritanceCycle,
    /// CS103: a chain of inheritance is too long.
    DeepInheritance,
    /// CS201: a list has the same text twice.
    ListedTwice,
    /// CS211: a role of registration may administer accounts.
    RegisteredAdministrator,
}

/// The most diagnostics that are reported.
const MAX_DIAGNOSTICS: usize = 1_000;

/// The most characters of the file that a reason or a path quotes.
const MAX_QUOTED: usize = 64;

/// A part of the file, in bytes. Its end is the byte after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self {
            start: range.start,
            end: range.end,
        }
    }
}

/// The diagnostics found so far, each with the bytes that it is about. A heap, because the code of
/// its sort is a tenth as large in the component as that of a slice.
#[derive(Default)]
pub(super) struct Diagnostics(BinaryHeap<Found>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    at: Span,
    path: String,
    reason: String,
    fault: Fault,
}

impl Diagnostics {
    // Not inlined, since it is called in many places and the component must stay small.
    #[inline(never)]
    pub(super) fn add(&mut self, at: Span, fault: Fault, path: String, reason: String) {
        self.0.push(Found {
            at,
            path,
            reason,
            fault,
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the first [`MAX_DIAGNOSTICS`] in the order of their place, with lines and columns in
    /// `text`.
    pub(super) fn located(self, text: &str) -> Vec<Diagnostic> {
        let mut sorted = self.0.into_sorted_vec();
        sorted.dedup();
        sorted.truncate(MAX_DIAGNOSTICS);
        let mut cursor = Cursor {
            characters: text.char_indices().peekable(),
            position: Position { line: 1, column: 1 },
        };
        let locate = |found: Found| {
            let start = cursor.advance(found.at.start);
            // Spans hardly overlap, so all the ways from start to end together are short.
            let end = cursor.clone().advance(found.at.end);
            Diagnostic {
                fault: found.fault,
                start,
                end,
                path: found.path,
                reason: found.reason,
            }
        };
        sorted.into_iter().map(locate).collect()
    }
}

/// A place in the text that moves towards its end.
#[derive(Clone)]
struct Cursor<'text> {
    characters: Peekable<CharIndices<'text>>,
    position: Position,
}

impl Cursor<'_> {
    /// Moves on to this byte and returns its position.
    #[inline(never)]
    fn advance(&mut self, byte: usize) -> Position {
        while let Some((_, character)) = self.characters.next_if(|(at, _)| *at < byte) {
            let here = &mut self.position;
            if character == '\n' {
                (here.line, here.column) = (here.line.saturating_add(1), 1);
            } else {
                here.column = here.column.saturating_add(1);
            }
        }
        self.position
    }
}

/// Quotes `text` from the file in one line of a report: in backticks, shortened, without control
/// characters.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", shown(text))
}

/// Returns the path of `key` in the table at `path`, as TOML writes a dotted key.
pub(super) fn joined(path: &str, key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let key = if !key.is_empty() && key.chars().all(is_bare) {
        shown(key)
    } else {
        format!("\"{}\"", shown(key))
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_QUOTED {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}
