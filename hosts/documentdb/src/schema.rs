//! The collections and indexes that the stores need: what is missing, and making it.

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

/// The collection exists, made by another process a moment ago.
const NAMESPACE_EXISTS: i32 = 48;
/// The index is there under these keys or this name, with other options.
const INDEX_CONFLICTS: [i32; 2] = [85, 86];

/// How much longer than its time a document stays at least. The database drops by its own clock, which
/// may be ahead of ours, and a session must not go a moment too soon.
const MARGIN: Duration = Duration::from_secs(300);

/// One collection and its indexes, besides that of `_id`.
struct Collection {
    name: &'static str,
    indexes: &'static [Index],
}

/// An index, ascending in all of its keys.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Index {
    name: &'static str,
    keys: &'static [&'static str],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The database drops what has expired.
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

/// What a database lacks, in the order in which it is made.
pub struct Plan(Vec<Step>);

impl Plan {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps; each prints itself as one line.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// One thing to make.
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

    /// Whether an index that is there does what this one is for.
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
    /// What the database lacks. Changes nothing.
    ///
    /// # Errors
    /// As every call.
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

    /// Makes what a plan names. What another process made since is left unchanged.
    ///
    /// # Errors
    /// As every call; with a fault also where an index of the name is there that does something else.
    /// The steps before stay done, and a new plan goes on from there.
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
