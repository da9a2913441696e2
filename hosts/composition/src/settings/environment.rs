//! The environment that a host runs in.

use auth_crypto::ExampleKeys;

/// `ENVIRONMENT`: decides what is refused as unsafe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: example keys, plain HTTP and weak TLS pass.
    Development,
    /// The live service.
    Production,
    /// As strict as production.
    Staging,
}

impl Environment {
    /// The environment of this name, in any case.
    ///
    /// # Errors
    /// The known names.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.to_lowercase().as_str() {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            "staging" => Ok(Self::Staging),
            _ => Err("it is one of development, staging, production"),
        }
    }

    /// Whether every connection to the database uses TLS that nothing weakens.
    pub fn requires_tls(self) -> bool {
        self != Self::Development
    }

    /// Whether keys and secrets that are printed in manuals are taken.
    pub fn example_keys(self) -> ExampleKeys {
        match self {
            Self::Development => ExampleKeys::Accepted,
            Self::Production | Self::Staging => ExampleKeys::Refused,
        }
    }
}
