//! The session store on the database.

use async_trait::async_trait;
use auth_runtime::{AdapterError, ReplaceError, Session, SessionStore};
use mongodb::bson::doc;

use crate::compare_and_set::Inserted;
use crate::documents::{SessionRecord, Written};
use crate::failure::Failure;
use crate::store::DocumentDbStore;

#[async_trait]
impl SessionStore for DocumentDbStore {
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError> {
        let found = self.find_document::<SessionRecord>(id).await?;
        Ok(found.map(|record| record.0))
    }

    async fn insert(&self, session: Session) -> Result<(), AdapterError> {
        match self
            .insert_document(&Written::new(SessionRecord(session)))
            .await?
        {
            Inserted::Yes => Ok(()),
            Inserted::KeyTaken => Err(Failure::Contract("the id of a session is not fresh").into()),
        }
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        self.replace_document(SessionRecord(session), replaces)
            .await
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        Ok(self.remove_documents::<SessionRecord>(&[id]).await?)
    }

    async fn list_by_account(
        &self,
        account_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError> {
        // The database takes a limit of zero to mean no limit.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut filter = doc! { "account_id": account_id };
        if let Some(after) = after {
            filter.insert("_id", doc! { "$gt": after });
        }
        // The order of the whole index, so that every server can read it from the index.
        let sort = doc! { "account_id": 1, "_id": 1 };
        let found: Vec<SessionRecord> = self.find_documents(filter, sort, limit).await?;
        Ok(found.into_iter().map(|record| record.0).collect())
    }
}
