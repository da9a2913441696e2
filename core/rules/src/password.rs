//! What a new password must be, and how an offered one is read (NIST SP 800-63B-4 §3.1.1.2).
//!
//! A password is text in NFC. Its length counts in Unicode scalar values, and no class of characters
//! is asked for. Refused is what an attacker tries first:
//!
//! - *common*: an entry of the list of common passwords; a stretch of a row of keys, an alphabet or the
//!   like; either of them with nothing but digits and signs around it; one piece said over and over,
//!   the last time perhaps in part, if the piece is any of these or short (`abcabcabcabcabc`);
//! - *guessable*: it contains the service's name or another context word, the user's e-mail address or
//!   the name in it, and without these words fewer than four letters are left.
//!
//! Neither case nor, for context words, anything but letters and digits makes a difference.

mod common;

use core::fmt;

use crate::nfc::nfc;
use crate::settings;

/// Context words with fewer letters and digits would be found in too many passwords.
const SHORTEST_CONTEXT_WORD: usize = 4;

/// So many letters beside the context words make a password more than one of them.
const LETTERS_BESIDE_CONTEXT: usize = 4;

/// Characters that a policy may allow at most: it bounds the work.
pub(crate) const LONGEST: u32 = 1024;

/// No longer text is looked at. No text that comes to [`LONGEST`] characters is longer: in UTF-8 each
/// has up to 4 bytes, and NFC makes no text smaller than a third of it.
const MAX_BYTES: usize = 12 * 1024;

/// A password that may be set.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

/// A password offered for checking.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate(String);

/// Which sentence of the rule a new password breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordViolation {
    /// Fewer characters than the policy demands.
    TooShort,
    /// More characters than the policy bears.
    TooLong,
    /// A control character: keyboards and forms cannot be trusted to reproduce it.
    ForbiddenCharacter,
    /// What an attacker tries first: listed, a walk along the keys, or a repetition.
    Common,
    /// Little is left of it without the context words.
    Guessable,
    /// It equals the password it should replace. Only the caller can tell: no rule adds this.
    Unchanged,
}

impl NewPassword {
    /// Reads a new password for the account of this canonical e-mail address, or names all
    /// its violations. One that is too long is not judged further.
    pub fn parse(
        text: &str,
        settings: &settings::Password,
        email_key: &str,
    ) -> Result<Self, Vec<PasswordViolation>> {
        if text.len() > MAX_BYTES {
            return Err(vec![PasswordViolation::TooLong]);
        }
        let text = nfc(text);
        let length = text.chars().count();
        if length > as_count(settings.max_length) {
            return Err(vec![PasswordViolation::TooLong]);
        }
        let violations: Vec<_> = [
            (
                PasswordViolation::TooShort,
                length < as_count(settings.min_length),
            ),
            (
                PasswordViolation::ForbiddenCharacter,
                text.contains(char::is_control),
            ),
            (
                PasswordViolation::Common,
                common::is_common(&nfc(&lower(&text))),
            ),
            (
                PasswordViolation::Guessable,
                is_guessable(&text, settings, email_key),
            ),
        ]
        .into_iter()
        .filter_map(|(violation, found)| found.then_some(violation))
        .collect();
        if violations.is_empty() {
            Ok(Self(text))
        } else {
            Err(violations)
        }
    }

    /// The text to hash, in NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Candidate {
    /// Reads an offered password; `None` for what no password can be: empty, of more than 12,288
    /// bytes, or with a control character.
    pub fn parse(text: &str) -> Option<Self> {
        let possible =
            !text.is_empty() && text.len() <= MAX_BYTES && !text.contains(char::is_control);
        possible.then(|| Self(nfc(text)))
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

/// An initial password: random, for an account that an administrator makes, to be replaced by its
/// owner.
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

fn is_guessable(text: &str, settings: &settings::Password, email_key: &str) -> bool {
    let all = letters_and_digits(text);
    let local_part = email_key
        .split_once('@')
        .map_or(email_key, |(local, _)| local);
    let name_parts = local_part.split(|c: char| !c.is_alphanumeric());
    // The longest first: taking a part out would leave the rest of the whole.
    let rest = [email_key]
        .into_iter()
        .chain(settings.context_words.iter().map(String::as_str))
        .chain([local_part])
        .chain(name_parts)
        .map(letters_and_digits)
        .filter(|word| word.chars().count() >= SHORTEST_CONTEXT_WORD)
        .fold(all.clone(), |rest, word| rest.replace(&word, ""));
    let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
    rest.len() < all.len() && letters < LETTERS_BESIDE_CONTEXT
}

fn letters_and_digits(text: &str) -> String {
    lower(&nfc(text))
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn as_count(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
