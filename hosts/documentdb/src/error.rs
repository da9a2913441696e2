//! Why connection settings cannot be used.

use crate::tls_roots::TrustError;

/// A connection setting that is refused before any network is used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The option of the connection string would let another server pose as the database.
    #[error("MONGODB_URI: `{0}` is for development alone")]
    Insecure(&'static str),
    /// The bundle of authorities holds no certificate that can be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The connection string asks for writes that are not confirmed.
    #[error("MONGODB_URI: `w=0` is refused: every write must be confirmed")]
    Unacknowledged,
    /// The connection string cannot be read.
    #[error("MONGODB_URI: {0}")]
    Uri(String),
}
