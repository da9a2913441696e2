//! The throttle store: counters by key.

use async_trait::async_trait;
use auth_runtime::{AdapterError, Counter, ReplaceError, ThrottleStore};
use redb::ReadableTable;

use crate::expiry::{Expiring, reschedule};
use crate::failure::Failure;
use crate::record::{StoredCounter, encode, get};
use crate::store::EmbeddedStore;
use crate::tables::{COUNTERS, Tables};

#[async_trait]
impl ThrottleStore for EmbeddedStore {
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError> {
        self.read(|transaction| {
            let counters = transaction.open_table(COUNTERS)?;
            let found = keys.iter().map(|key| counter(&counters, key));
            found
                .map(|found| Ok(found?.map(|(counter, _)| counter)))
                .collect()
        })
    }

    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError> {
        let key = key.to_owned();
        let new = StoredCounter::V1(counter, expires_at);
        self.compare_and_write(move |tables| put(tables, &key, &new, replaces))
            .await
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        let keys = keys.to_owned();
        self.write(move |tables| remove(tables, &keys)).await
    }
}

fn put(
    tables: &mut Tables<'_>,
    key: &str,
    new: &StoredCounter,
    replaces: Option<u64>,
) -> Result<bool, Failure> {
    let stored = counter(&tables.counters, key)?;
    if stored.map(|(counter, _)| counter.version) != replaces {
        return Ok(false);
    }
    let was = stored.map(|(_, expires_at)| expires_at);
    let StoredCounter::V1(_, expires_at) = new;
    reschedule(tables, Expiring::Counter, key, was, Some(*expires_at))?;
    tables.counters.insert(key, encode(new)?.as_slice())?;
    Ok(true)
}

fn remove(tables: &mut Tables<'_>, keys: &[String]) -> Result<(), Failure> {
    for key in keys {
        if let Some((_, expires_at)) = counter(&tables.counters, key)? {
            reschedule(tables, Expiring::Counter, key, Some(expires_at), None)?;
            tables.counters.remove(key.as_str())?;
        }
    }
    Ok(())
}

/// Reads a counter, and when it expires.
fn counter(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
) -> Result<Option<(Counter, u64)>, Failure> {
    Ok(get(table, key)?.map(|StoredCounter::V1(counter, expires_at)| (counter, expires_at)))
}
