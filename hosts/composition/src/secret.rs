//! Variables that hold secrets.

use std::env::{self, VarError};

use anyhow::{Result, bail};
use auth_runtime::SecretText;

/// The variable that takes the place of generated keys.
pub const SECRET_VARIABLE: &str = "JWT_SECRET_KEY";

/// The variable that takes the place of the signing key for refresh and device tokens.
pub const REFRESH_VARIABLE: &str = "COUNTERSIGN_REFRESH_SECRET";

/// What a variable holds, `None` when it is unset or empty.
///
/// # Errors
/// When it is no UTF-8.
pub fn read(name: &str) -> Result<Option<SecretText>> {
    match env::var(name) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Ok(Some(SecretText::new(text))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bail!("{name} cannot be used: it is no UTF-8 text"),
    }
}
