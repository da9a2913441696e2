//! Variables that hold secrets.

use std::fmt;

use zeroize::Zeroizing;

/// The variable that takes the place of generated keys.
pub const SECRET_VARIABLE: &str = "JWT_SECRET_KEY";

/// The variable that takes the place of the signing key for refresh and device tokens.
pub const REFRESH_VARIABLE: &str = "COUNTERSIGN_REFRESH_SECRET";

/// The key material of such a variable.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// What the variable holds, `None` when it is unset or empty.
    ///
    /// # Errors
    /// When it is no UTF-8.
    pub fn of_variable(name: &str) -> anyhow::Result<Option<Self>> {
        match std::env::var(name) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Ok(Some(Self(Zeroizing::new(text)))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                anyhow::bail!("{name} cannot be used: it is no UTF-8 text")
            }
        }
    }

    /// The material itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show() {
        let secret = Secret(Zeroizing::new("hunter2".to_owned()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
