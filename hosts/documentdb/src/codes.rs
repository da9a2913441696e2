//! `code-store`

use async_trait::async_trait;
use auth_runtime::{AdapterError, Code, CodeStore, ReplaceError};

use crate::documents::CodeDocument;
use crate::store::DocumentDbStore;

#[async_trait]
impl CodeStore for DocumentDbStore {
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError> {
        Ok(self
            .find_document::<CodeDocument>(key)
            .await?
            .map(Code::from))
    }

    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError> {
        self.put_document(&CodeDocument::new(key, code), replaces)
            .await
    }
}
