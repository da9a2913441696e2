//! The environment that a host runs in, which decides how strict it is.

use auth_crypto::ExampleKeys;

/// The value of `ENVIRONMENT`. It decides which settings are refused as unsafe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine. Example keys, plain HTTP and weak TLS are accepted.
    Development,
    /// The live service. Unsafe settings are refused.
    Production,
    /// A rehearsal for production, and as strict.
    Staging,
}

impl Environment {
    /// The environment of this name, in upper or lower case.
    ///
    /// # Errors
    /// When no environment has the name. The error lists the names.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.to_lowercase().as_str() {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            "staging" => Ok(Self::Staging),
            _ => Err("it is one of development, staging, production"),
        }
    }

    /// Whether every connection to the database must use TLS, with no option that weakens it.
    pub fn requires_tls(self) -> bool {
        self != Self::Development
    }

    /// Whether to accept keys and secrets that are printed in manuals.
    pub fn example_keys(self) -> ExampleKeys {
        match self {
            Self::Development => ExampleKeys::Accepted,
            Self::Production | Self::Staging => ExampleKeys::Refused,
        }
    }
}
