//! `code-store`

use async_trait::async_trait;
use auth_runtime::{AdapterError, Code, CodeStore, ReplaceError};
use redb::ReadableTable;

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
    if code(&tables.codes, key)?.map(|stored| stored.version) != replaces {
        return Ok(false);
    }
    tables
        .codes
        .insert(key, encode(&StoredCode::V1(new))?.as_slice())?;
    Ok(true)
}

fn code(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
) -> Result<Option<Code>, Failure> {
    Ok(get(table, key)?.map(|StoredCode::V1(code)| code))
}
