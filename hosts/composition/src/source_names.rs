//! How the log names the sources of requests.

use std::sync::Arc;

use auth_rest::SourceNames;
use auth_runtime::{Purpose, Signer};

/// The length of a hash in a name, in bytes: enough that two sources hardly ever share a name.
const HASH_BYTES: usize = 8;

/// The form of the name of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSources {
    /// The IPv4 address, or the IPv6 /64.
    Address,
    /// A keyed hash of it. Whoever reads the log can tell sources apart, but not find out their
    /// addresses.
    Hash,
    /// Sources have no names.
    None,
}

impl LogSources {
    /// The form of this name, in upper or lower case.
    ///
    /// # Errors
    /// When no form has the name. The error lists the names.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        Ok(match name.to_lowercase().as_str() {
            "address" => Self::Address,
            "hash" => Self::Hash,
            "none" => Self::None,
            _ => return Err("it is one of address, hash, none"),
        })
    }

    /// The names in this form. Hashes are keyed by a secret of `signer`; while it has none, sources
    /// have no names.
    pub(crate) fn names(self, signer: Arc<dyn Signer>) -> SourceNames {
        match self {
            Self::Address => SourceNames::default(),
            Self::Hash => SourceNames::new(move |source| hash(&*signer, source)),
            Self::None => SourceNames::new(|_| None),
        }
    }
}

fn hash(signer: &dyn Signer, source: &str) -> Option<String> {
    let code = signer.mac(Purpose::SourceName, source.as_bytes()).ok()?;
    let code = code.iter().take(HASH_BYTES);
    Some(code.map(|byte| format!("{byte:02x}")).collect())
}
