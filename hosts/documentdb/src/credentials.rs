//! User and password for the database, for hosts whose connection string does not hold them.

use std::fmt;

use async_trait::async_trait;
use auth_runtime::{AdapterError, SecretText};

/// A user of the database. The password may be any text, and is not percent-encoded.
#[derive(Clone)]
pub struct Credential {
    /// The name of the database user.
    pub user: String,
    /// Overwritten in memory when dropped. The driver keeps its own copy for as long as it
    /// connects.
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
    /// The current credentials. The first call fetches them.
    async fn current(&self) -> Result<Credential, AdapterError>;

    /// Other credentials, after the database refused the current ones; `None` when no others are
    /// known. The store waits for half a minute before it asks again.
    async fn refetch(&self) -> Result<Option<Credential>, AdapterError>;
}
