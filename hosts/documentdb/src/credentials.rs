//! Who the service is to the database, where that does not stand in the connection string.

use std::fmt;

use async_trait::async_trait;
use auth_runtime::AdapterError;
use zeroize::Zeroizing;

/// A user of the database. The password is any text; nothing in it is escaped.
#[derive(Clone)]
pub struct Credential {
    /// The user's name.
    pub user: String,
    /// Overwritten when dropped; the driver keeps a copy of its own for as long as it connects.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential(…)")
    }
}

/// Where credentials come from, such as a service that keeps and rotates secrets.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// What is known, fetched if nothing is.
    async fn current(&self) -> Result<Credential, AdapterError>;

    /// What may be valid now, in place of what the database refused; `None` when nothing else is known.
    /// Not asked again for a while.
    async fn refetch(&self) -> Result<Option<Credential>, AdapterError>;
}
