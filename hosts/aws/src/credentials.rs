//! The database user and password in a secret of Secrets Manager.

use std::fmt;

use auth_runtime::SecretText;
use serde::{Deserialize, Deserializer};

/// User and password, from `username` and `password` of the JSON that Secrets Manager's rotation
/// writes. The other members are ignored, because the connection string holds the same facts.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct DatabaseCredentials {
    /// The name of the database user.
    pub username: String,
    /// The password of the database user.
    #[serde(deserialize_with = "secret_text")]
    pub password: SecretText,
}

impl DatabaseCredentials {
    /// Parses the JSON of the secret. The reason of a failure is for
    /// [`crate::SecretError::Malformed`].
    ///
    /// # Errors
    /// When the text is not a JSON object with both members. The reason says what it should be.
    pub fn parse(text: &SecretText) -> Result<Self, &'static str> {
        let credentials: Result<Self, _> = serde_json::from_str(text.expose());
        let is_whole =
            |found: &Self| !found.username.is_empty() && !found.password.expose().is_empty();
        credentials
            .ok()
            .filter(is_whole)
            .ok_or("it is a JSON object with `username` and `password`")
    }
}

fn secret_text<'a, D: Deserializer<'a>>(deserializer: D) -> Result<SecretText, D::Error> {
    String::deserialize(deserializer).map(SecretText::new)
}

impl fmt::Debug for DatabaseCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabaseCredentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DatabaseCredentials, &'static str> {
        DatabaseCredentials::parse(&SecretText::new(text.to_owned()))
    }

    #[test]
    fn reads_what_a_rotation_writes() {
        let found = parse(
            r#"{"engine":"mongo","host":"db","username":"auth","password":":/?#[]@%&","port":27017}"#,
        )
        .unwrap();
        assert_eq!(found.username, "auth");
        assert_eq!(found.password.expose(), ":/?#[]@%&");
        assert_eq!(format!("{found:?}"), "DatabaseCredentials(…)");
    }

    #[test]
    fn refuses_anything_else_without_quoting_it() {
        for text in [
            "hunter2",
            "",
            "{}",
            r#"{"username":"auth"}"#,
            r#"{"username":"auth","password":7}"#,
            r#"{"username":"","password":"hunter2"}"#,
            r#"{"username":"auth","password":""}"#,
        ] {
            let reason = parse(text).unwrap_err();
            assert!(!reason.contains("hunter2"), "{text}");
        }
    }
}
