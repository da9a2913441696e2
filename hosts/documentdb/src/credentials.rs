//! User and password for the database, where they do not stand in the connection string.

use std::fmt;

use async_trait::async_trait;
use auth_runtime::{AdapterError, SecretText};

/// A user of the database. The password is any text; nothing in it is escaped.
#[derive(Clone)]
pub struct Credential {
    /// The user's name.
    pub user: String,
    /// Overwritten when dropped; the driver keeps a copy of its own for as long as it connects.
    pub password: SecretText,
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential(…)")
    }
}

/// Where credentials come from, such as a service that keeps and rotates secrets.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credentials that are known; fetches them at the first call.
    async fn current(&self) -> Result<Credential, AdapterError>;

    /// Other credentials, after the database refused the current ones; `None` when no others are
    /// known. A caller waits for a while before it asks again.
    async fn refetch(&self) -> Result<Option<Credential>, AdapterError>;
}
