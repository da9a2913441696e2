//! E-mail addresses: a practical subset of RFC 5321 and RFC 6531.
//!
//! An address is parsed once, and its canonical form is the unique key of an account: registration,
//! login, import and look-up all use the same form. It is in lower case and NFC, full-width letters
//! and digits are narrow, and labels of the domain that are spelt in ASCII (`xn--`) are in Unicode
//! (RFC 5891, UTS #46).
//!
//! - One `@`. At most 254 bytes, 64 of them before the `@`.
//! - Local part: a dot-atom of letters and digits of any script, and of the signs in RFC 5322's
//!   `atext`. Quoted forms and empty atoms are refused.
//! - Domain: at least two labels of 1 to 63 bytes, of letters and digits of any script and inner
//!   hyphens; the last label is not a number. Address literals are refused.
//! - Characters that are not displayed are refused, and other spellings of letters: they would make
//!   two accounts of what people see as one address.
//!
//! Earlier releases had other keys for some addresses ([`Keys::former`]). Look-ups use both, and
//! judge nothing, so that every account that was ever made is found.
//!
//! Mail providers may ignore dots or `+` tags in a local part; this rule does not, so two addresses
//! that differ in them are different.

mod characters;
mod punycode;

use unicode_normalization::char::canonical_combining_class;

use crate::nfc::nfc;

const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;
const ASCII_PREFIX: &str = "xn--";

/// A valid e-mail address, with its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    typed: String,
    keys: Keys,
}

/// The keys under which the account of an address is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    key: String,
    former: Vec<String>,
}

impl Keys {
    /// The keys of a text that somebody gives as their address, whether or not a new account may
    /// have it. `None` for a text that is no address by its length.
    pub fn of(text: &str) -> Option<Self> {
        let typed = text.trim();
        if typed.is_empty() || typed.len() > MAX_BYTES {
            return None;
        }
        let key = canonical(typed);
        let mut former = vec![lower_case(typed), with_ascii_domain(&key)];
        former.dedup();
        former.retain(|other| *other != key);
        Some(Self { key, former })
    }

    /// The canonical address, by which accounts are unique.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The canonical addresses by which earlier releases stored accounts, where they differ: as it
    /// is spelt here, and with the domain in ASCII.
    pub fn former(&self) -> &[String] {
        &self.former
    }
}

/// The first part of the rule that an address breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailViolation {
    /// The text is empty or white space only.
    Empty,
    /// More than 254 bytes, or more than 64 before the `@`.
    TooLong,
    /// The text does not contain exactly one `@` with something on both sides.
    NotAnAddress,
    /// The part before the `@` is not a dot-atom.
    BadLocalPart,
    /// The part after the `@` is not a domain name of at least two labels.
    BadDomain,
    /// The address contains a control character or white space.
    ForbiddenCharacter,
}

impl Email {
    /// Parses an address. White space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, EmailViolation> {
        let typed = text.trim();
        if typed.is_empty() {
            return Err(EmailViolation::Empty);
        }
        if typed.len() > MAX_BYTES {
            return Err(EmailViolation::TooLong);
        }
        let keys = Keys::of(typed).ok_or(EmailViolation::TooLong)?;
        // The rule is applied to the key, so that each key is itself a valid address and its own
        // key.
        let key = keys.key();
        if key.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(EmailViolation::ForbiddenCharacter);
        }
        let (local, domain) = key.split_once('@').ok_or(EmailViolation::NotAnAddress)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(EmailViolation::NotAnAddress);
        }
        if key.len() > MAX_BYTES || local.len() > MAX_LOCAL_BYTES {
            return Err(EmailViolation::TooLong);
        }
        if !local.split('.').all(is_atom) {
            return Err(EmailViolation::BadLocalPart);
        }
        if !is_domain(domain) {
            return Err(EmailViolation::BadDomain);
        }
        Ok(Self {
            typed: typed.to_owned(),
            keys,
        })
    }

    /// The address as its owner typed it, for display, without white space around it.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// The canonical address, by which accounts are unique.
    pub fn key(&self) -> &str {
        self.keys.key()
    }

    /// All keys under which an account with this address may be stored.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}

/// The prefix of the keys to search for; `text` may be any text.
pub fn search_prefix(text: &str) -> String {
    canonical(text.trim())
}

fn canonical(text: &str) -> String {
    let folded = fold(text);
    match folded.split_once('@') {
        Some((local, domain)) => format!("{local}@{}", each_label(domain, unicode_label)),
        None => folded,
    }
}

/// Lower case and NFC, with each character in its usual spelling.
fn fold(text: &str) -> String {
    let lower = lower_case(text);
    nfc(&lower
        .chars()
        .flat_map(characters::unfold)
        .collect::<String>())
}

/// The canonical form of earlier releases.
fn lower_case(text: &str) -> String {
    nfc(&nfc(text).chars().flat_map(lower).collect::<String>())
}

fn with_ascii_domain(key: &str) -> String {
    match key.split_once('@') {
        Some((local, domain)) => format!("{local}@{}", each_label(domain, ascii_label)),
        None => key.to_owned(),
    }
}

fn each_label(domain: &str, spell: impl Fn(&str) -> Option<String>) -> String {
    let labels = domain.split('.');
    let spelt: Vec<String> = labels
        .map(|label| spell(label).unwrap_or_else(|| label.to_owned()))
        .collect();
    spelt.join(".")
}

/// The Unicode spelling of a label; `None` for one that has no other. A label that does not decode to
/// canonical text is none of a domain name: RFC 5891 §5.4 refuses it.
fn unicode_label(label: &str) -> Option<String> {
    let decoded = punycode::decode(label.strip_prefix(ASCII_PREFIX)?)?;
    let key = fold(&decoded);
    // The key has one sigma; a domain name has two.
    let is_canonical = key == decoded.replace('ς', "σ") && !decoded.is_ascii();
    is_canonical.then_some(key)
}

fn ascii_label(label: &str) -> Option<String> {
    if label.is_ascii() {
        return None;
    }
    Some(format!("{ASCII_PREFIX}{}", punycode::encode(label)?))
}

/// Lower-cases one character without its context. `str::to_lowercase` maps a `Σ` at the end of a
/// word to another letter than a `Σ` inside a word, and both must give the same key.
fn lower(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c })
}

fn is_letter_or_digit(c: char) -> bool {
    // Some scripts write vowels as marks, and NFC keeps those that have no composed form.
    (c.is_alphanumeric() || is_mark(c)) && !characters::is_refused(c)
}

/// Whether `c` is a mark that words are written with although Unicode does not call it alphabetic:
/// one with a combining class, or one of the few marks of living scripts without a class.
fn is_mark(c: char) -> bool {
    let is_thai = || ('\u{e47}'..='\u{e4e}').contains(&c);
    let is_lao = || ('\u{ecc}'..='\u{ece}').contains(&c);
    let is_khmer = || ('\u{17c9}'..='\u{17d3}').contains(&c);
    let is_meetei = || c == '\u{abec}';
    canonical_combining_class(c) != 0 || is_thai() || is_lao() || is_khmer() || is_meetei()
}

fn is_atom(text: &str) -> bool {
    let is_atext = |c| is_letter_or_digit(c) || "!#$%&'*+-/=?^_`{|}~".contains(c);
    !text.is_empty() && text.chars().all(is_atext)
}

fn is_domain(text: &str) -> bool {
    // A last label of digits only would make the domain look like an IPv4 address (RFC 3696 §2).
    let ends_in_name = text
        .rsplit_once('.')
        .is_some_and(|(_, last)| last.contains(|c: char| !c.is_numeric()));
    ends_in_name && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    // What is still spelt in ASCII here has no Unicode spelling.
    let in_dns = ascii_label(text).map_or(text.len(), |spelt| spelt.len());
    (1..=MAX_LABEL_BYTES).contains(&in_dns)
        && !text.starts_with(ASCII_PREFIX)
        && text.starts_with(char::is_alphanumeric)
        && text.ends_with(is_letter_or_digit)
        && text.chars().all(|c| c == '-' || is_letter_or_digit(c))
}

#[cfg(test)]
mod tests;
