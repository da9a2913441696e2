//! References to secrets of Secrets Manager, as settings hold them.

use std::fmt;
use std::str::FromStr;

const NAME_PREFIX: &str = "secretsmanager:";

/// A reference to a secret, written as `secretsmanager:name` or as the ARN of the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretReference {
    id: String,
    region: Option<String>,
}

/// The text is not a reference to a secret of Secrets Manager.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is `secretsmanager:` and a name, or an ARN such as \
     arn:aws:secretsmanager:eu-central-1:111122223333:secret:name-a1b2c3"
)]
pub struct ReferenceError;

impl SecretReference {
    /// Whether a setting holds a reference, not the secret itself. No key begins with these
    /// prefixes.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.starts_with("arn:") || text.starts_with(NAME_PREFIX)
    }

    /// The name or the ARN, which is `SecretId` in the API of Secrets Manager.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The region of an ARN, which may differ from the region of the host; `None` for a name.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl FromStr for SecretReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix(NAME_PREFIX) {
            let named = is_name(name).then(|| name.to_owned());
            return Ok(Self {
                id: named.ok_or(ReferenceError)?,
                region: None,
            });
        }
        let parts: Vec<&str> = text.split(':').collect();
        let [
            "arn",
            partition,
            "secretsmanager",
            region,
            account,
            "secret",
            name,
        ] = parts[..]
        else {
            return Err(ReferenceError);
        };
        let is_arn = partition.starts_with("aws")
            && !region.is_empty()
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && is_name(name);
        is_arn
            .then(|| Self {
                id: text.to_owned(),
                region: Some(region.to_owned()),
            })
            .ok_or(ReferenceError)
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.id)
    }
}

/// Whether `CreateSecret` accepts this name: up to 512 letters, digits and `/_+=.@-`.
fn is_name(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_references() {
        for (text, id, region) in [
            ("secretsmanager:auth/jwt", "auth/jwt", None),
            (" secretsmanager:auth/jwt\n", "auth/jwt", None),
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:jwt-a1b2c3",
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:jwt-a1b2c3",
                Some("eu-west-1"),
            ),
            (
                "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a/b-a1b2c3",
                "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a/b-a1b2c3",
                Some("cn-north-1"),
            ),
        ] {
            assert!(SecretReference::is_one(text.trim()), "{text}");
            let reference: SecretReference = text.parse().unwrap();
            assert_eq!((reference.id(), reference.region()), (id, region), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "secretsmanager:",
            "secretsmanager:a b",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/jwt",
            "arn:aws:secretsmanager:eu-west-1:1111:secret:jwt",
            "arn:aws:secretsmanager::111122223333:secret:jwt",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:jwt:key::",
            "auth/jwt",
        ] {
            assert_eq!(
                text.parse::<SecretReference>(),
                Err(ReferenceError),
                "{text}"
            );
        }
    }
}
