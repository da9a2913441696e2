//! Collects the diagnostics of a policy file, with their places.

/// One finding about a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// The key concerned, for example `password.min_length` or `roles.editor.inherits`; empty when
    /// the text is not TOML.
    pub path: String,
    /// What is wrong, in one sentence without a final stop.
    pub reason: String,
}

/// The most diagnostics that are reported.
const MAX_DIAGNOSTICS: usize = 1_000;

/// The most characters of the file that a reason or a path quotes.
const MAX_QUOTED: usize = 64;

/// The diagnostics found so far, each with the byte at which it starts.
#[derive(Default)]
pub(super) struct Diagnostics(Vec<Found>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    at: usize,
    path: String,
    reason: String,
}

impl Diagnostics {
    pub(super) fn add(&mut self, at: usize, path: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Found {
            at,
            path: path.into(),
            reason: reason.into(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the first [`MAX_DIAGNOSTICS`] in the order of their place, with lines and columns in
    /// `text`.
    pub(super) fn located(mut self, text: &str) -> Vec<Diagnostic> {
        self.0.sort();
        self.0.dedup();
        self.0.truncate(MAX_DIAGNOSTICS);
        let mut characters = text.char_indices().peekable();
        let (mut line, mut column) = (1_u32, 1_u32);
        let locate = |found: Found| {
            while let Some((_, character)) = characters.next_if(|(at, _)| *at < found.at) {
                if character == '\n' {
                    (line, column) = (line.saturating_add(1), 1);
                } else {
                    column = column.saturating_add(1);
                }
            }
            Diagnostic {
                line,
                column,
                path: found.path,
                reason: found.reason,
            }
        };
        self.0.into_iter().map(locate).collect()
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
