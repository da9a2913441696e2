//! Why the settings of the connection cannot be used.

use crate::tls_roots::TrustError;

/// Why a connection setting was refused, before any network is used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// An option of the connection string would let another server pose as the database.
    #[error("MONGODB_URI: `{0}` is for development alone")]
    Insecure(&'static str),
    /// The bundle of certificate authorities holds no usable certificate.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The connection string asks for writes that are not confirmed.
    #[error("MONGODB_URI: `w=0` is refused: every write must be confirmed")]
    Unacknowledged,
    /// The connection string cannot be parsed.
    #[error("MONGODB_URI: {0}")]
    Uri(String),
}
