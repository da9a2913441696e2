//! A primary that steps down, and its successor.

use auth_documentdb::{ConnectionSettings, DocumentDbStore};
use auth_faults::FakeReplicaSet;
use auth_runtime::{AccountStore, SecretText, SessionStore};

use crate::records::{REQUEST, request, session};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_a_primary_that_stepped_down_is_answered_by_the_next() {
    let set = FakeReplicaSet::start().await;
    let mut settings = ConnectionSettings::new(SecretText::new(set.uri()));
    settings.tls_required = false;
    let store = DocumentDbStore::open(&settings, None).await.unwrap();
    for _ in 0..5 {
        let found = request(REQUEST, AccountStore::find(&store, "ada")).await;
        assert_eq!(found.unwrap(), None);
        set.elect_the_other();
        let inserted = request(REQUEST, SessionStore::insert(&store, session("s"))).await;
        inserted.unwrap();
        set.elect_the_other();
    }
    assert_eq!(set.inserts(), 5, "each once, by the primary of its time");
}
