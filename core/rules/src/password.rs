//! The rule for new passwords, and how an offered password is read (NIST SP 800-63B-4 §3.1.1.2).
//!
//! A password is text in NFC. Its length counts in Unicode scalar values, and no class of
//! characters is required. The rule refuses what an attacker tries first:
//!
//! - *common*: an entry of the list of common passwords; part of a row of keys, an alphabet or a
//!   similar row; either of them with only digits and signs around it; or one piece repeated, the
//!   last time perhaps in part, if the piece is one of these or short (`abcabcabcabcabc`);
//! - *guessable*: it contains the service's name or another context word, the user's e-mail address
//!   or the name in it, and fewer than four letters are left without these words.
//!
//! Case makes no difference; for context words, only letters and digits count.

mod common;

use core::fmt;

use crate::nfc::nfc;
use crate::settings;

/// The fewest letters and digits of a context word. Shorter words would be found in too many
/// passwords.
const SHORTEST_CONTEXT_WORD: usize = 4;

/// The fewest letters beside its context words with which a password is accepted.
const LETTERS_BESIDE_CONTEXT: usize = 4;

/// The longest password that a policy may allow, in characters. It bounds the work.
pub(crate) const LONGEST: u32 = 1024;

/// The longest text that is read, in bytes. It is enough for every text of [`LONGEST`] characters:
/// in UTF-8 each has up to 4 bytes, and NFC shrinks a text to no less than a third.
const MAX_BYTES: usize = 12 * 1024;

/// A new password that obeys the rule.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

/// A password that a user offers to prove who they are. No rule for new passwords judges it: another
/// system may have accepted it, and may have hashed it as it was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    normal: String,
    /// Only if it differs.
    sent: Option<String>,
}

/// The part of the rule that a new password breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordViolation {
    /// It has fewer characters than the policy demands.
    TooShort,
    /// It has more characters than the policy allows.
    TooLong,
    /// It contains a control character, which keyboards and forms may fail to reproduce.
    ForbiddenCharacter,
    /// It is what an attacker tries first: a listed password, a walk along the keys, or a
    /// repetition.
    Common,
    /// It consists mostly of context words.
    Guessable,
    /// It equals the password that it should replace. No rule here returns this, since only the
    /// caller can tell.
    Unchanged,
}

impl NewPassword {
    /// Reads a new password for the account with this canonical e-mail address, or returns every
    /// violation. A password that is too long is not judged further.
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
    /// Reads an offered password. `None` for a text that cannot be a password: empty, or longer than
    /// 12,288 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > MAX_BYTES {
            return None;
        }
        let normal = nfc(text);
        let sent = (normal != text).then(|| text.to_owned());
        Some(Self { normal, sent })
    }

    /// The text in NFC, which new hashes are made of.
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// The texts to verify: in NFC, and as it was sent if that differs. Their number depends on the
    /// offered text alone, so it tells nothing of the account.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        [Some(self.normal.as_str()), self.sent.as_deref()]
            .into_iter()
            .flatten()
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

/// Makes an initial password: a random one, for an account that an administrator creates and whose
/// owner must replace it.
///
/// It has five groups of five characters, from 125 of the 128 random bits, in an alphabet without
/// characters that look alike. It obeys the default policy.
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
    // The longest text is removed first: removing a part of it would leave the rest behind.
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
