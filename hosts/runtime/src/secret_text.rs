//! A secret that is text: a password, a key, a connection string.

use std::fmt;

use zeroize::Zeroizing;

/// Text that shows nowhere and is wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretText(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_not_show() {
        let text = SecretText::new("hunter2".to_owned());
        assert_eq!(format!("{text:?}"), "SecretText(…)");
        assert_eq!(text.expose(), "hunter2");
    }
}
