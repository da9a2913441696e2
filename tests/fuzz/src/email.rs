//! `core/rules/src/email.rs`

use std::str;

use auth_rules::email::Email;

/// The key of an address is itself an address and its own key, so that one person has one account.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let Ok(email) = Email::parse(text) else {
        return;
    };
    assert_eq!(email.as_typed(), text.trim());
    let key = email.key();
    let again = Email::parse(key).expect("the key is an address");
    assert_eq!(again.key(), key);
    assert!(key.len() <= 254);
    assert_eq!(key.matches('@').count(), 1);
    assert!(!key.contains(|c: char| c.is_control() || c.is_whitespace()));
    assert_eq!(key.to_lowercase(), key);
    let capitals = Email::parse(&text.to_ascii_uppercase()).expect("the same in capitals");
    assert_eq!(capitals.key(), key);
}
