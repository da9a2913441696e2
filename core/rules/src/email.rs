//! E-mail addresses: a practical subset of RFC 5321 and RFC 6531.
//!
//! An address is parsed once, and its canonical form is the unique key of an account: registration,
//! login, import and look-up all use the same form.
//!
//! - One `@`. At most 254 bytes, 64 of them before the `@`.
//! - Local part: a dot-atom of letters and digits of any script, and of the signs in RFC 5322's
//!   `atext`. Quoted forms and empty atoms are refused.
//! - Domain: at least two labels of 1 to 63 bytes, of letters and digits of any script and inner
//!   hyphens; the last label is not a number. Address literals are refused. The Unicode and the
//!   `xn--` spelling of a domain count as two different domains.
//!
//! Mail providers may ignore dots or `+` tags in a local part; this rule does not, so two addresses
//! that differ in them are different.

use unicode_normalization::char::canonical_combining_class;

use crate::nfc::nfc;

const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;

/// A valid e-mail address, with its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    typed: String,
    key: String,
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
        // The rule is applied to the key, so that each key is itself a valid address and its own
        // key.
        let key = canonical(typed);
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
            key,
        })
    }

    /// The address as its owner typed it, for display, without white space around it.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// The canonical address, by which accounts are unique.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The prefix of the keys to search for; `text` may be any text.
pub fn search_prefix(text: &str) -> String {
    canonical(text.trim())
}

fn canonical(text: &str) -> String {
    nfc(&nfc(text).chars().flat_map(lower).collect::<String>())
}

/// Lower-cases one character without its context. `str::to_lowercase` maps a `Σ` at the end of a
/// word to another letter than a `Σ` inside a word, and both must give the same key.
fn lower(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c })
}

fn is_letter_or_digit(c: char) -> bool {
    // Some scripts write vowels as marks, and NFC keeps those that have no composed form.
    c.is_alphanumeric() || is_mark(c)
}

/// Whether `c` is a mark that words are written with although Unicode does not call it alphabetic:
/// one with a combining class, or one of the few marks of living scripts without a class. Variation
/// selectors, which are invisible, are excluded.
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
    (1..=MAX_LABEL_BYTES).contains(&text.len())
        && text.starts_with(char::is_alphanumeric)
        && text.ends_with(is_letter_or_digit)
        && text.chars().all(|c| c == '-' || is_letter_or_digit(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn takes_ordinary_and_international_addresses() {
        for (text, key) in [
            ("ada@example.org", "ada@example.org"),
            ("  Ada.Lovelace@Example.ORG\n", "ada.lovelace@example.org"),
            (
                "a+b!#$%&'*-/=?^_`{|}~@e-x.co",
                "a+b!#$%&'*-/=?^_`{|}~@e-x.co",
            ),
            ("x@1.example", "x@1.example"),
            ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
            ("JOSÉ@EXAMPLE.ORG", "josé@example.org"),
            ("jose\u{301}@example.org", "josé@example.org"),
            ("用户@例子.中国", "用户@例子.中国"),
            ("ΟΔΥΣΣΕΥΣ@ΕΛΛΑΣ.GR", "οδυσσευσ@ελλασ.gr"),
            ("οδυσσευς@ελλας.gr", "οδυσσευσ@ελλασ.gr"),
            ("İ@example.org", "i\u{307}@example.org"),
            ("\u{212A}@example.org", "k@example.org"),
            ("हिन्दी@डाटामेल.भारत", "हिन्दी@डाटामेल.भारत"),
            ("เป็นศิลป์@โดเมน.ไทย", "เป็นศิลป์@โดเมน.ไทย"),
            ("សំបុត្រ់@ខ្មែរ.org", "សំបុត្រ់@ខ្មែរ.org"),
        ] {
            let email = Email::parse(text).expect(text);
            assert_eq!(email.key(), key, "{text}");
            assert_eq!(email.as_typed(), text.trim());
        }
    }

    #[test]
    fn names_the_fault() {
        use EmailViolation::*;
        for (text, violation) in [
            ("", Empty),
            (" \t\r\n", Empty),
            ("ada", NotAnAddress),
            ("@", NotAnAddress),
            ("@example.org", NotAnAddress),
            ("ada@", NotAnAddress),
            ("a@b@example.org", NotAnAddress),
            ("ada＠example.org", NotAnAddress),
            ("a da@example.org", ForbiddenCharacter),
            ("ada@exam\tple.org", ForbiddenCharacter),
            ("ada\0@example.org", ForbiddenCharacter),
            ("ada\u{a0}@example.org", ForbiddenCharacter),
            ("ada@example.org\r\nBcc: b@example.org", ForbiddenCharacter),
            (".ada@example.org", BadLocalPart),
            ("ada.@example.org", BadLocalPart),
            ("a..da@example.org", BadLocalPart),
            ("\"ada\"@example.org", BadLocalPart),
            ("<ada@example.org", BadLocalPart),
            ("a,da@example.org", BadLocalPart),
            ("a(b)@example.org", BadLocalPart),
            ("ada\u{200b}@example.org", BadLocalPart),
            ("\u{202e}ada@example.org", BadLocalPart),
            ("ada\u{fe0f}@example.org", BadLocalPart),
            ("a\u{34f}da@example.org", BadLocalPart),
            ("😀@example.org", BadLocalPart),
            ("ada@localhost", BadDomain),
            ("ada@.org", BadDomain),
            ("ada@example.", BadDomain),
            ("ada@example..org", BadDomain),
            ("ada@-example.org", BadDomain),
            ("ada@example-.org", BadDomain),
            ("ada@exa_mple.org", BadDomain),
            ("ada@192.0.2.1", BadDomain),
            ("ada@[192.0.2.1]", BadDomain),
            ("ada@[IPv6:2001:db8::1]", BadDomain),
            ("ada@example。org", BadDomain),
            ("ada@\u{301}x.org", BadDomain),
            ("ada@example.org>", BadDomain),
        ] {
            assert_eq!(Email::parse(text), Err(violation), "{text:?}");
        }
    }

    #[test]
    fn lengths_are_limited_in_bytes() {
        let label = "d".repeat(63);
        let domain = format!("{label}.{label}.{}.org", "d".repeat(58));
        let at_limit = format!("{}@{domain}", "a".repeat(64));
        assert_eq!(at_limit.len(), 255);
        assert_eq!(Email::parse(&at_limit), Err(EmailViolation::TooLong));
        assert_eq!(Email::parse(&at_limit[1..]).unwrap().key().len(), 254);
        for (local, label, outcome) in [
            (64, 63, Ok(())),
            (65, 63, Err(EmailViolation::TooLong)),
            (64, 64, Err(EmailViolation::BadDomain)),
        ] {
            let text = format!("{}@{}.org", "a".repeat(local), "d".repeat(label));
            assert_eq!(Email::parse(&text).map(drop), outcome);
        }
        let grows_when_lower_cased = format!("{}@example.org", "İ".repeat(32));
        assert_eq!(
            Email::parse(&grows_when_lower_cased),
            Err(EmailViolation::TooLong)
        );
    }

    #[test]
    fn every_character_has_a_settled_canonical_form() {
        // No character above this range has another form: the rest are private use, tags and
        // variation selectors.
        for c in '\0'..='\u{2ffff}' {
            for text in [
                format!("{c}"),
                format!("{c}\u{301}"),
                format!("{c}\u{345}\u{307}"),
            ] {
                let key = canonical(&text);
                assert_eq!(canonical(&key), key, "{text:?}");
            }
        }
    }

    #[test]
    fn search_text_is_canonical_and_may_be_no_address() {
        assert_eq!(search_prefix("  JOSE\u{301}"), "josé");
        assert_eq!(search_prefix("@"), "@");
        assert_eq!(search_prefix(" "), "");
    }

    fn part() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9À-ÖØ-Þà-öø-þΑ-ΡΣ-Ωα-ωА-я\u{300}-\u{308}一-三]{1,8}"
            .prop_map(|text| format!("x{text}"))
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(local in part(), name in part(), top in "[a-zΣİ]{2,6}") {
            let email = Email::parse(&format!("{local}@{name}.{top}")).unwrap();
            let again = Email::parse(email.key()).unwrap();
            prop_assert_eq!(again.key(), email.key());
            prop_assert_eq!(again.as_typed(), email.key());
        }

        #[test]
        fn variants_in_case_and_composition_share_a_key(
            local in part(), name in part(), upper in any::<u64>(),
        ) {
            let text = format!("{local}@{name}.org");
            let email = Email::parse(&text).unwrap();
            let variant: String = text
                .nfd()
                .enumerate()
                .flat_map(|(i, c)| {
                    let raised: Vec<char> = c.to_uppercase().collect();
                    if upper >> (i % 64) & 1 == 1 { raised } else { vec![c] }
                })
                .collect();
            let variant = Email::parse(&variant).unwrap();
            prop_assert_eq!(variant.key(), email.key());
        }

        #[test]
        fn whatever_is_typed_never_panics(text in any::<String>()) {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.key()).unwrap();
                prop_assert_eq!(again.key(), email.key());
                prop_assert!(email.key().len() <= MAX_BYTES);
            }
        }
    }
}
