//! Reads a policy file.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};

/// More than any policy has, so that a larger file is refused and not read to its end.
const MAX_BYTES: u64 = (4 << 20) + 1;

/// A policy file as it was read.
pub struct PolicyFile {
    /// The name under which reports show it.
    pub name: String,
    /// Its text, without a byte order mark. What is not UTF-8 is replaced.
    pub text: String,
    /// The first bytes of the text that are not UTF-8.
    pub not_utf8: Option<Range<usize>>,
}

impl PolicyFile {
    /// Reads the file, or standard input for `-`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        if path == Path::new("-") {
            let read = io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes);
            read.context("cannot read the policy from standard input")?;
            return Ok(Self::of("<stdin>".to_owned(), bytes));
        }
        let file = File::open(path);
        let read = file.and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes));
        read.with_context(|| format!("cannot read the policy `{}`", path.display()))?;
        Ok(Self::of(path.display().to_string(), bytes))
    }

    /// The file of this name that has these bytes.
    pub fn of(name: String, bytes: Vec<u8>) -> Self {
        let (text, not_utf8) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let start = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (
                    text,
                    Some(start..start + char::REPLACEMENT_CHARACTER.len_utf8()),
                )
            }
        };
        match text.strip_prefix('\u{feff}') {
            None => Self {
                name,
                text,
                not_utf8,
            },
            Some(rest) => {
                let mark = text.len() - rest.len();
                Self {
                    name,
                    text: rest.to_owned(),
                    not_utf8: not_utf8.map(|span| span.start - mark..span.end - mark),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_found_at_their_place() {
        let read = |bytes: &[u8]| PolicyFile::of(String::new(), bytes.to_vec());
        assert_eq!(read(b"a = 1").not_utf8, None);
        assert_eq!(read(b"a = '\xff'").not_utf8, Some(5..8));
        let marked = read(b"\xef\xbb\xbfa = '\xff'");
        assert_eq!(
            (marked.text.as_str(), marked.not_utf8),
            ("a = '\u{fffd}'", Some(5..8))
        );
        assert_eq!(read("\u{feff}# \u{e4}".as_bytes()).text, "# \u{e4}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = PolicyFile::read(Path::new("no such/pölicy.toml"))
            .map(|_| ())
            .unwrap_err();
        let sentence = format!("{error:#}");
        assert!(
            sentence.starts_with("cannot read the policy `no such/pölicy.toml`: "),
            "{sentence}"
        );
        assert!(PolicyFile::read(Path::new(".")).is_err());
    }
}
