//! Writes of one document. Each takes effect once or not at all, even when its answer is lost.
//!
//! Each write leaves a mark of its own in the document. A write that got no answer is sent once
//! more. If the second try finds that the version has changed, the mark in the document shows
//! whether the first try changed it.

use auth_runtime::ReplaceError;
use mongodb::bson::{Document, doc};
use mongodb::{Collection, Cursor, Database};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::documents::{Mark, Record, Written};
use crate::failure::Failure;
use crate::operation::Answer;
use crate::store::DocumentDbStore;

/// How often a removal is repeated when replacements interfere with it.
const REMOVALS: u32 = 20;

/// The `_id` of a document, for queries that need no other field.
#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "_id")]
    id: String,
}

/// The outcome of an insertion.
pub(crate) enum Inserted {
    /// The document was inserted.
    Yes,
    /// A unique index already has a key of the document, and the document of this `_id`, if one
    /// exists, was written by another call.
    KeyTaken,
}

impl DocumentDbStore {
    /// Inserts a document, unless one of its unique keys is taken.
    pub(crate) async fn insert_document<R: Record>(
        &self,
        new: &Written<R>,
    ) -> Result<Inserted, Failure> {
        let Answer { value, repeated } = self
            .perform(|database| async move {
                match writing::<R>(&database).insert_one(new).await {
                    Ok(_) => Ok(Inserted::Yes),
                    Err(error) if matches!(Failure::of(&error), Failure::Duplicate) => {
                        Ok(Inserted::KeyTaken)
                    }
                    Err(error) => Err(error),
                }
            })
            .await?;
        match value {
            Inserted::KeyTaken if repeated => self.judge_insertion(new).await,
            inserted => Ok(inserted),
        }
    }

    /// Whether the first try of an insertion, which got no answer, has inserted the document.
    async fn judge_insertion<R: Record>(&self, new: &Written<R>) -> Result<Inserted, Failure> {
        let own = new.mark();
        match self.mark::<R>(new.record().id()).await? {
            Some(found) if found == own => Ok(Inserted::Yes),
            Some(found) if found.version != own.version => Err(Failure::Unknown),
            _ => Ok(Inserted::KeyTaken),
        }
    }

    /// Replaces version `replaces` of a document, or with `None` inserts the document.
    pub(crate) async fn put_document<R: Record>(
        &self,
        record: R,
        replaces: Option<u64>,
    ) -> Result<(), ReplaceError> {
        match replaces {
            Some(replaces) => self.replace_document(record, replaces).await,
            None => match self.insert_document(&Written::new(record)).await? {
                Inserted::Yes => Ok(()),
                Inserted::KeyTaken => Err(ReplaceError::Conflict),
            },
        }
    }

    /// Replaces version `replaces` of a document.
    pub(crate) async fn replace_document<R: Record>(
        &self,
        record: R,
        replaces: u64,
    ) -> Result<(), ReplaceError> {
        let new = &Written::new(record);
        let filter = of_version(new.record().id(), replaces);
        let Answer { value, repeated } = self
            .perform(|database| {
                let filter = filter.clone();
                async move { writing::<R>(&database).replace_one(filter, new).await }
            })
            .await?;
        match value.matched_count {
            0 if repeated => self.judge_replacement(new, replaces).await,
            0 => Err(ReplaceError::Conflict),
            _ => Ok(()),
        }
    }

    /// Whether the first try of a replacement, which got no answer, has replaced the version.
    async fn judge_replacement<R: Record>(
        &self,
        new: &Written<R>,
        replaces: u64,
    ) -> Result<(), ReplaceError> {
        let (own, Some(found)) = (new.mark(), self.mark::<R>(new.record().id()).await?) else {
            return Err(ReplaceError::Conflict);
        };
        if found == own {
            return Ok(());
        }
        // If the document has the old version, or the new version with another write's mark, this
        // write did not happen. If it has a later version, this write may have happened before that
        // one.
        if found.version == own.version || found.version == replaces.cast_signed() {
            return Err(ReplaceError::Conflict);
        }
        Err(failed(Failure::Unknown))
    }

    /// Removes a document if it still has the version `replaces`.
    pub(crate) async fn remove_document<R: Record>(
        &self,
        id: &str,
        replaces: u64,
    ) -> Result<(), ReplaceError> {
        let filter = of_version(id, replaces);
        let Answer { value, repeated } = self
            .perform(|database| {
                let filter = filter.clone();
                async move { collection::<R>(&database).delete_one(filter).await }
            })
            .await?;
        // If the document is gone after a first try without an answer, that try removed it, unless
        // another flow removed the same version at the same moment. Then both are told that they
        // removed it.
        let removed = value.deleted_count > 0 || (repeated && self.mark::<R>(id).await?.is_none());
        if removed {
            Ok(())
        } else {
            Err(ReplaceError::Conflict)
        }
    }

    /// Removes the documents of these ids in any version.
    ///
    /// When PostgreSQL stores the documents, a deletion that runs at the same time as a replacement
    /// may find nothing: the version that it looked for is gone, and it does not see the next one
    /// yet. The documents that were not deleted are therefore looked up again, until all are gone.
    pub(crate) async fn remove_documents<R: Record>(&self, ids: &[&str]) -> Result<(), Failure> {
        let mut left = ids.to_vec();
        for _ in 0..REMOVALS {
            let deleted = self.repeatable(|database| {
                let filter = doc! { "_id": { "$in": &left } };
                async move { collection::<R>(&database).delete_many(filter).await }
            });
            let deleted = deleted.await?.deleted_count;
            if usize::try_from(deleted) == Ok(left.len()) {
                return Ok(());
            }
            let found = self.existing::<R>(&left).await?;
            left.retain(|id| found.iter().any(|found| found == id));
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(Failure::Unknown)
    }

    /// The ids among these that have a document.
    async fn existing<R: Record>(&self, ids: &[&str]) -> Result<Vec<String>, Failure> {
        self.repeatable(|database| {
            let filter = doc! { "_id": { "$in": ids } };
            async move {
                let collection = database.collection::<Identity>(R::COLLECTION);
                drain(
                    collection
                        .find(filter)
                        .projection(doc! { "_id": 1 })
                        .await?,
                )
                .await
            }
        })
        .await
        .map(|found| found.into_iter().map(|Identity { id }| id).collect())
    }

    /// The document of this id; `None` when there is none.
    pub(crate) async fn find_document<R: Record>(&self, id: &str) -> Result<Option<R>, Failure> {
        self.repeatable(|database| async move {
            collection::<R>(&database)
                .find_one(doc! { "_id": id })
                .await
        })
        .await
    }

    /// All documents that match one query.
    pub(crate) async fn find_documents<R: Record>(
        &self,
        filter: Document,
        sort: Document,
        limit: u32,
    ) -> Result<Vec<R>, Failure> {
        self.repeatable(|database| {
            let (filter, sort) = (filter.clone(), sort.clone());
            async move {
                let collection = collection::<R>(&database);
                let query = collection.find(filter).sort(sort).limit(limit.into());
                drain(query.await?).await
            }
        })
        .await
    }

    async fn mark<R: Record>(&self, id: &str) -> Result<Option<Mark>, Failure> {
        self.repeatable(|database| async move {
            let collection = database.collection::<Mark>(R::COLLECTION);
            let query = collection.find_one(doc! { "_id": id });
            query.projection(doc! { "version": 1, "write": 1 }).await
        })
        .await
    }
}

/// Reads all documents of a cursor.
pub(crate) async fn drain<D: DeserializeOwned>(
    mut cursor: Cursor<D>,
) -> mongodb::error::Result<Vec<D>> {
    let mut found = Vec::new();
    while cursor.advance().await? {
        found.push(cursor.deserialize_current()?);
    }
    Ok(found)
}

/// The collection of a kind of record, to write to it.
fn writing<R: Record>(database: &Database) -> Collection<Written<R>> {
    database.collection(R::COLLECTION)
}

/// The collection of a kind of record, to read from it.
pub(crate) fn collection<R: Record>(database: &Database) -> Collection<R> {
    database.collection(R::COLLECTION)
}

fn of_version(id: &str, version: u64) -> Document {
    doc! { "_id": id, "version": version.cast_signed() }
}

fn failed(failure: Failure) -> ReplaceError {
    ReplaceError::Adapter(failure.into())
}

impl From<Failure> for ReplaceError {
    fn from(failure: Failure) -> Self {
        failed(failure)
    }
}
