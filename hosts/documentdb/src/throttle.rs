//! The store of throttle counters on the database.

use async_trait::async_trait;
use auth_runtime::{AdapterError, Counter, ReplaceError, ThrottleStore};
use mongodb::bson::doc;

use crate::documents::CounterRecord;
use crate::store::DocumentDbStore;

#[async_trait]
impl ThrottleStore for DocumentDbStore {
    async fn find(&self, keys: &[String]) -> Result<Vec<Option<Counter>>, AdapterError> {
        let limit = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        let filter = doc! { "_id": { "$in": keys } };
        let found: Vec<CounterRecord> = self
            .find_documents(filter, doc! { "_id": 1 }, limit)
            .await?;
        let counter = |key: &String| {
            let of_key = found.iter().find(|record| record.key == *key);
            of_key.map(|record| record.counter)
        };
        Ok(keys.iter().map(counter).collect())
    }

    async fn put(
        &self,
        key: &str,
        counter: Counter,
        replaces: Option<u64>,
        expires_at: u64,
    ) -> Result<(), ReplaceError> {
        let record = CounterRecord {
            key: key.to_owned(),
            counter,
            expires_at,
        };
        self.put_document(record, replaces).await
    }

    async fn remove(&self, keys: &[String]) -> Result<(), AdapterError> {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        Ok(self.remove_documents::<CounterRecord>(&keys).await?)
    }
}
