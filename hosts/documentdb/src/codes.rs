//! The store of one-time codes on the database.

use async_trait::async_trait;
use auth_runtime::{AdapterError, Code, CodeStore, ReplaceError};

use crate::documents::CodeRecord;
use crate::store::DocumentDbStore;

#[async_trait]
impl CodeStore for DocumentDbStore {
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError> {
        let found = self.find_document::<CodeRecord>(key).await?;
        Ok(found.map(|record| record.code))
    }

    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError> {
        let key = key.to_owned();
        self.put_document(CodeRecord { key, code }, replaces).await
    }
}
