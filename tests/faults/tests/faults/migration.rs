//! The migration that creates collections and indexes.

use auth_faults::{TestDatabase, client};
use auth_runtime::{AccountStore, AdapterError, InsertError};
use mongodb::IndexModel;
use mongodb::bson::{Document, doc};

use crate::records::account;

/// Everything that an empty database lacks, in order.
const EVERYTHING: &str = include_str!("schema.txt");

async fn plan(store: &auth_documentdb::DocumentDbStore) -> String {
    let plan = store.plan().await.unwrap();
    plan.steps()
        .iter()
        .map(|step| format!("{step}\n"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_planned_made_and_not_made_again() {
    let database = TestDatabase::new();
    let store = database.store_with(|_| ()).await;
    assert_eq!(plan(&store).await, EVERYTHING);
    assert_eq!(plan(&store).await, EVERYTHING, "a plan makes nothing");
    let everything = store.plan().await.unwrap();
    store.migrate(&everything).await.unwrap();
    assert_eq!(plan(&store).await, "");
    store.migrate(&everything).await.unwrap();
    assert_eq!(plan(&store).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_goes_on_where_one_before_it_stopped() {
    let database = TestDatabase::new();
    let store = database.store().await;
    let raw = client(database.uri()).await;
    let accounts = raw
        .default_database()
        .unwrap()
        .collection::<Document>("accounts");
    // FerretDB drops the index, but its answer has a form that the driver does not know. So the
    // plan shows the effect.
    let _ = accounts.drop_index("email_key_1").await;
    assert_eq!(
        plan(&store).await,
        "create index email_key_1 on accounts (email_key), unique\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_does_something_else_is_left_to_the_operator() {
    let database = TestDatabase::new();
    let raw = client(database.uri()).await;
    let accounts = raw
        .default_database()
        .unwrap()
        .collection::<Document>("accounts");
    let other = IndexModel::builder().keys(doc! { "email_key": 1 }).build();
    accounts.create_index(other).await.unwrap();
    let store = database.store_with(|_| ()).await;
    let refused = store.migrate(&store.plan().await.unwrap()).await;
    assert!(
        matches!(refused, Err(AdapterError::Fault(_))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_record_shows_in_an_error() {
    let database = TestDatabase::new();
    let store = database.store().await;
    store.insert(account("ada")).await.unwrap();
    // The contract forbids a second account with one id.
    let mut other = account("grace");
    other.id = "ada".to_owned();
    let Err(InsertError::Adapter(fault)) = store.insert(other).await else {
        panic!("a fault");
    };
    let shown = format!("{fault:?}");
    assert!(shown.contains("not fresh"), "{shown}");
    assert!(
        !shown.contains("ada") && !shown.contains("grace"),
        "{shown}"
    );
}
