//! What a new password must be, and how an offered one is read (NIST SP 800-63B-4 §3.1.1.2).
//!
//! A password is text in NFC. Its length counts in Unicode scalar values, and no class of characters
//! is asked for. Refused is what an attacker tries first:
//!
//! - *common*: an entry of the list of common passwords; one piece said over and over, the last time
//!   perhaps in part, if the piece is such an entry or too short to be one (`abcabcabcabcabc`);
//! - *guessable*: it contains the service's name or another context word, or the name in the user's
//!   e-mail address, and without these words fewer than four letters are left.
//!
//! Neither case nor, for context words, anything but letters and digits makes a difference.

use core::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::settings;

/// Common passwords of eight characters or more: lower-case, in NFC, sorted by bytes, each line ended.
///
/// From the most frequent entries of Django's `common-passwords.txt.gz` (collected by Royce Williams;
/// BSD-3-Clause) and of zxcvbn's `passwords` frequency list (MIT), with what people make of keyboard
/// rows, sequences and such words to fill fifteen characters.
const COMMON: &str = include_str!("common_passwords.txt");

/// Nothing shorter is in [`COMMON`].
const SHORTEST_COMMON: usize = 8;

/// Context words with fewer letters and digits would be found in too many passwords.
const SHORTEST_CONTEXT_WORD: usize = 4;

/// So many letters beside the context words make a password more than one of them.
const LETTERS_BESIDE_CONTEXT: usize = 4;

/// No longer text is looked at: it bounds the work, far above any sensible policy.
const MAX_BYTES: usize = 4096;

/// A password that may be set.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

/// A password offered for checking.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate(String);

/// Which sentence of the rule a new password breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer characters than the policy demands.
    TooShort,
    /// More characters than the policy bears, or more than 4096 bytes.
    TooLong,
    /// A control character: keyboards and forms cannot be trusted to reproduce it.
    ForbiddenCharacter,
    /// An entry of the list of common passwords, or a repetition.
    Common,
    /// Little is left of it without the context words.
    Guessable,
    /// It equals the password it should replace. Only the caller can tell: no rule adds this.
    Unchanged,
}

impl NewPassword {
    /// Reads a password that somebody with this (canonical) e-mail local part wants to set, or names
    /// all its faults. One that is too long is not judged further.
    pub fn parse(
        text: &str,
        settings: &settings::Password,
        email_local_part: &str,
    ) -> Result<Self, Vec<PasswordFault>> {
        if text.len() > MAX_BYTES {
            return Err(vec![PasswordFault::TooLong]);
        }
        let text: String = text.nfc().collect();
        let length = text.chars().count();
        if length > as_count(settings.max_length) {
            return Err(vec![PasswordFault::TooLong]);
        }
        let faults: Vec<_> = [
            (
                PasswordFault::TooShort,
                length < as_count(settings.min_length),
            ),
            (
                PasswordFault::ForbiddenCharacter,
                text.contains(char::is_control),
            ),
            (PasswordFault::Common, is_common(&text)),
            (
                PasswordFault::Guessable,
                is_guessable(&text, settings, email_local_part),
            ),
        ]
        .into_iter()
        .filter_map(|(fault, found)| found.then_some(fault))
        .collect();
        if faults.is_empty() {
            Ok(Self(text))
        } else {
            Err(faults)
        }
    }

    /// The text to hash, in NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Candidate {
    /// Reads an offered password; `None` for what no password can be: empty, of more than 4096 bytes,
    /// or with a control character.
    pub fn parse(text: &str) -> Option<Self> {
        let possible =
            !text.is_empty() && text.len() <= MAX_BYTES && !text.contains(char::is_control);
        possible.then(|| Self(text.nfc().collect()))
    }

    /// The text to verify, in NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword([redacted])")
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Candidate([redacted])")
    }
}

/// A password for an account that somebody else makes, to be replaced by its owner.
///
/// Five groups of five characters, from 125 of the 128 random bits, in an alphabet in which nothing
/// looks like anything else. It obeys the default policy.
pub fn initial_password(random: &[u8; 16]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bits = u128::from_be_bytes(*random);
    let mut symbol = || {
        let index = usize::from(bits.to_le_bytes()[0] & 31);
        bits >>= 5;
        ALPHABET.get(index).copied().map(char::from)
    };
    let groups: [String; 5] =
        core::array::from_fn(|_| core::iter::from_fn(&mut symbol).take(5).collect());
    groups.join("-")
}

fn is_common(text: &str) -> bool {
    let text: String = text.chars().flat_map(char::to_lowercase).nfc().collect();
    let piece = repeated_piece(&text);
    let is_short_repetition = piece.len() < text.len() && piece.chars().count() < SHORTEST_COMMON;
    is_short_repetition || is_listed(piece)
}

/// The shortest piece that makes up `text` when said twice or more, or else all of `text`.
fn repeated_piece(text: &str) -> &str {
    (1..=text.len() / 2)
        .filter_map(|length| text.split_at_checked(length))
        .find(|(_, rest)| text.starts_with(rest))
        .map_or(text, |(piece, _)| piece)
}

/// A binary search over the text of the list: nothing is built for it in a fresh instance.
fn is_listed(text: &str) -> bool {
    let mut range = COMMON;
    while let Some((entry, before, after)) = middle_line(range) {
        range = match text.cmp(entry) {
            core::cmp::Ordering::Less => before,
            core::cmp::Ordering::Equal => return true,
            core::cmp::Ordering::Greater => after,
        };
    }
    false
}

/// The line in the middle of `lines`, and what stands before and after it.
fn middle_line(lines: &str) -> Option<(&str, &str, &str)> {
    let (first_half, _) = lines.split_at_checked(lines.floor_char_boundary(lines.len() / 2))?;
    let start = first_half
        .rfind('\n')
        .map_or(0, |end| end.saturating_add(1));
    let (before, rest) = lines.split_at_checked(start)?;
    let (line, after) = rest.split_once('\n')?;
    Some((line, before, after))
}

fn is_guessable(text: &str, settings: &settings::Password, email_local_part: &str) -> bool {
    let all = letters_and_digits(text);
    let name_parts = email_local_part.split(|c: char| !c.is_alphanumeric());
    let rest = settings
        .context_words
        .iter()
        .map(String::as_str)
        .chain([email_local_part])
        .chain(name_parts)
        .map(letters_and_digits)
        .filter(|word| word.chars().count() >= SHORTEST_CONTEXT_WORD)
        .fold(all.clone(), |rest, word| rest.replace(&word, ""));
    let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
    rest.len() < all.len() && letters < LETTERS_BESIDE_CONTEXT
}

fn letters_and_digits(text: &str) -> String {
    text.nfc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn as_count(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
