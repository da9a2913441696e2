//! Where a host runs.

/// `ENVIRONMENT`: how much carelessness is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A laptop: examples may serve as secrets.
    Development,
    /// The real thing.
    Production,
    /// As strict as production.
    Staging,
}

impl Environment {
    /// By its name in lower case; `None` for any other text.
    pub fn from_name(text: &str) -> Option<Self> {
        match text {
            "development" => Some(Self::Development),
            "production" => Some(Self::Production),
            "staging" => Some(Self::Staging),
            _ => None,
        }
    }
}
