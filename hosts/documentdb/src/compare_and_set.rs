//! Writes of one document that happen once, or not at all, also when their answer is lost.
//!
//! Each write leaves a mark of its own in the document. A write whose answer never came is made once
//! more; where that finds the version gone, the mark tells whose work the document is.

use auth_runtime::ReplaceError;
use mongodb::bson::{Document, doc};
use mongodb::{Collection, Cursor, Database};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::documents::{Mark, Record, Written};
use crate::failure::Failure;
use crate::operation::Answer;
use crate::store::DocumentDbStore;

/// How often a removal is tried that meets replacements.
const REMOVALS: u32 = 20;

/// A document of which nothing else matters.
#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "_id")]
    id: String,
}

/// What came of an insertion.
pub(crate) enum Inserted {
    /// It is there.
    Yes,
    /// A unique index has a key of it already, and the document of this `_id` is another's, or there
    /// is none.
    KeyTaken,
}

impl DocumentDbStore {
    /// Inserts a document.
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

    /// Whether the first try of an insertion, which got no answer, was the one that took the key.
    async fn judge_insertion<R: Record>(&self, new: &Written<R>) -> Result<Inserted, Failure> {
        let own = new.mark();
        match self.mark::<R>(new.record().id()).await? {
            Some(found) if found == own => Ok(Inserted::Yes),
            Some(found) if found.version != own.version => Err(Failure::Unknown),
            _ => Ok(Inserted::KeyTaken),
        }
    }

    /// Writes a document in place of version `replaces`, or of none.
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

    /// Writes a document in place of its version `replaces`.
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

    /// Whether the first try of a replacement, which got no answer, was the one that took the version
    /// away.
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
        // Another write of the version that this one was to make shows that it lost. Where
        // later versions came, both may have happened.
        if found.version == own.version || found.version == replaces.cast_signed() {
            return Err(ReplaceError::Conflict);
        }
        Err(failed(Failure::Unknown))
    }

    /// Removes a document that still has the version `replaces`.
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
        // Gone after a try without an answer: by that try, unless another flow removed the very
        // version in the same moment and is told the same.
        let removed = value.deleted_count > 0 || (repeated && self.mark::<R>(id).await?.is_none());
        if removed {
            Ok(())
        } else {
            Err(ReplaceError::Conflict)
        }
    }

    /// Removes the documents of these ids in any version.
    ///
    /// A deletion that meets a replacement may find nothing where PostgreSQL keeps the documents: the
    /// version that it looked for is no more, and the next one it did not see. So what was not
    /// deleted is looked for, until all are gone.
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

    /// Those of the ids that have a document.
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

    /// The document of this id.
    pub(crate) async fn find_document<R: Record>(&self, id: &str) -> Result<Option<R>, Failure> {
        self.repeatable(|database| async move {
            collection::<R>(&database)
                .find_one(doc! { "_id": id })
                .await
        })
        .await
    }

    /// All documents that one query finds.
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

/// What a cursor gives, to its end.
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
