//! The collections and indexes that the stores need: finds those that are missing, and creates
//! them.

use std::fmt;
use std::time::Duration;

use auth_runtime::AdapterError;
use mongodb::bson::Document;
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use crate::compare_and_set::drain;
use crate::documents::{AccountRecord, CodeRecord, CounterRecord, Record, SessionRecord};
use crate::failure::Failure;
use crate::store::DocumentDbStore;

/// The code for a collection that another process has just created.
const NAMESPACE_EXISTS: i32 = 48;
/// The codes for an existing index with these keys or this name, but other options.
const INDEX_CONFLICTS: [i32; 2] = [85, 86];

/// The least time that a document stays after its expiry. The database deletes by its own clock,
/// which may be ahead of this process's, and a session must not disappear too early.
const MARGIN: Duration = Duration::from_secs(300);

/// A collection and its indexes, apart from the index of `_id`.
struct Collection {
    name: &'static str,
    indexes: &'static [Index],
}

/// An index, in ascending order of all its keys.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Index {
    name: &'static str,
    keys: &'static [&'static str],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A TTL index: the database deletes documents that have expired.
    Expiry,
    Plain,
    Unique,
}

const EXPIRY: Index = Index {
    name: "drop_at_1",
    keys: &["drop_at"],
    kind: Kind::Expiry,
};

const COLLECTIONS: [Collection; 4] = [
    Collection {
        name: AccountRecord::COLLECTION,
        indexes: &[Index {
            name: "email_key_1",
            keys: &["email_key"],
            kind: Kind::Unique,
        }],
    },
    Collection {
        name: CodeRecord::COLLECTION,
        indexes: &[EXPIRY],
    },
    Collection {
        name: CounterRecord::COLLECTION,
        indexes: &[EXPIRY],
    },
    Collection {
        name: SessionRecord::COLLECTION,
        indexes: &[
            Index {
                name: "account_id_1__id_1",
                keys: &["account_id", "_id"],
                kind: Kind::Plain,
            },
            EXPIRY,
        ],
    },
];

/// What a database lacks, in the order in which it must be created.
pub struct Plan(Vec<Step>);

impl Plan {
    /// Whether the database lacks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps of the plan. Each prints as one line.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// One collection or index to create.
pub struct Step(Change);

enum Change {
    Collection(&'static str),
    Index(&'static str, Index),
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Change::Collection(name) => write!(formatter, "create collection {name}"),
            Change::Index(collection, index) => {
                let keys = index.keys.join(", ");
                write!(
                    formatter,
                    "create index {} on {collection} ({keys})",
                    index.name
                )?;
                match index.kind {
                    Kind::Expiry => write!(formatter, ", expires after {} s", MARGIN.as_secs()),
                    Kind::Plain => Ok(()),
                    Kind::Unique => formatter.write_str(", unique"),
                }
            }
        }
    }
}

impl Index {
    fn model(&self) -> IndexModel {
        let keys: Document = self
            .keys
            .iter()
            .map(|key| ((*key).to_owned(), 1.into()))
            .collect();
        let mut options = IndexOptions::default();
        options.name = Some(self.name.to_owned());
        match self.kind {
            Kind::Expiry => options.expire_after = Some(MARGIN),
            Kind::Plain => {}
            Kind::Unique => options.unique = Some(true),
        }
        IndexModel::builder().keys(keys).options(options).build()
    }

    /// Whether an existing index does what this one is for.
    fn is_served_by(&self, found: &IndexModel) -> bool {
        let names: Vec<&str> = found.keys.keys().map(String::as_str).collect();
        let options = found.options.as_ref();
        let unique = options.and_then(|options| options.unique) == Some(true);
        let expiry = options.and_then(|options| options.expire_after);
        names == self.keys
            && match self.kind {
                Kind::Expiry => expiry.is_some_and(|after| after >= MARGIN),
                Kind::Plain => expiry.is_none(),
                Kind::Unique => unique && expiry.is_none(),
            }
    }
}

impl DocumentDbStore {
    /// Finds out what the database lacks. Changes nothing.
    ///
    /// # Errors
    /// When the call to the database fails.
    pub async fn plan(&self) -> Result<Plan, AdapterError> {
        let names = self
            .repeatable(|database| async move { database.list_collection_names().await })
            .await?;
        let mut steps = Vec::new();
        for collection in &COLLECTIONS {
            let mut found = Vec::new();
            if names.iter().any(|name| name == collection.name) {
                found = self
                    .repeatable(|database| indexes(database, collection.name))
                    .await?;
            } else {
                steps.push(Step(Change::Collection(collection.name)));
            }
            let missing = collection
                .indexes
                .iter()
                .filter(|index| !found.iter().any(|found| index.is_served_by(found)));
            steps.extend(missing.map(|index| Step(Change::Index(collection.name, *index))));
        }
        Ok(Plan(steps))
    }

    /// Creates what a plan names. What another process has created since stays unchanged.
    ///
    /// # Errors
    /// When a call to the database fails, or when an index of the same name or keys has another
    /// purpose. The steps before stay done, and a new plan continues after them.
    pub async fn migrate(&self, plan: &Plan) -> Result<(), AdapterError> {
        for Step(change) in &plan.0 {
            let made = match change {
                Change::Collection(name) => {
                    self.patient(|database| async move { database.create_collection(*name).await })
                        .await
                }
                Change::Index(collection, index) => {
                    self.patient(|database| create(database, collection, *index))
                        .await
                }
            };
            match made {
                Ok(()) | Err(Failure::Command(NAMESPACE_EXISTS)) => {}
                Err(Failure::Command(code)) if INDEX_CONFLICTS.contains(&code) => {
                    return Err(Failure::Contract(OTHER_INDEX).into());
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }
}

const OTHER_INDEX: &str = "an index of the same name or keys does something else: drop it first";

async fn indexes(
    database: Database,
    collection: &'static str,
) -> mongodb::error::Result<Vec<IndexModel>> {
    let collection = database.collection::<Document>(collection);
    drain(collection.list_indexes().await?).await
}

async fn create(
    database: Database,
    collection: &'static str,
    index: Index,
) -> mongodb::error::Result<()> {
    let collection = database.collection::<Document>(collection);
    collection.create_index(index.model()).await.map(|_| ())
}
