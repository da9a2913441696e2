//! The code store: one-time codes by key.

use async_trait::async_trait;
use auth_runtime::{AdapterError, Code, CodeStore, ReplaceError};
use redb::ReadableTable;

use crate::expiry::{Expiring, reschedule};
use crate::failure::Failure;
use crate::record::{StoredCode, encode, get};
use crate::store::EmbeddedStore;
use crate::tables::{CODES, Tables};

#[async_trait]
impl CodeStore for EmbeddedStore {
    async fn find(&self, key: &str) -> Result<Option<Code>, AdapterError> {
        self.read(|transaction| code(&transaction.open_table(CODES)?, key))
    }

    async fn put(&self, key: &str, code: Code, replaces: Option<u64>) -> Result<(), ReplaceError> {
        let key = key.to_owned();
        self.compare_and_write(move |tables| put(tables, &key, code, replaces))
            .await
    }
}

fn put(
    tables: &mut Tables<'_>,
    key: &str,
    new: Code,
    replaces: Option<u64>,
) -> Result<bool, Failure> {
    let stored = code(&tables.codes, key)?;
    if stored.as_ref().map(|stored| stored.version) != replaces {
        return Ok(false);
    }
    let was = stored.and_then(|stored| stored.expires_at);
    reschedule(tables, Expiring::Code, key, was, new.expires_at)?;
    tables
        .codes
        .insert(key, encode(&StoredCode::V2(new))?.as_slice())?;
    Ok(true)
}

fn code(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
) -> Result<Option<Code>, Failure> {
    Ok(get::<StoredCode>(table, key)?.map(Code::from))
}
