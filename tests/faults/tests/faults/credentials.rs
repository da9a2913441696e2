//! Passwords from outside the connection string, and passwords that change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use auth_documentdb::{ConnectionSettings, Credential, CredentialSource, DocumentDbStore};
use auth_faults::{TestDatabase, server_credentials};
use auth_runtime::{AdapterError, SecretText};

use crate::records::{REQUEST, request, unavailable};

/// Credentials with one password at first and another when they are fetched again.
struct Source {
    current: &'static str,
    fetched: &'static str,
    asked: AtomicUsize,
    fetches: AtomicUsize,
}

/// The password that the server accepts.
const RIGHT: &str = "right";

impl Source {
    fn new(current: &'static str, fetched: &'static str) -> Arc<Self> {
        Arc::new(Self {
            current,
            fetched,
            asked: AtomicUsize::new(0),
            fetches: AtomicUsize::new(0),
        })
    }

    fn credential(password: &str) -> Credential {
        let (user, right) = server_credentials();
        let password = if password == RIGHT {
            right
        } else {
            password.to_owned()
        };
        Credential {
            user,
            password: SecretText::new(password),
        }
    }
}

#[async_trait]
impl CredentialSource for Source {
    async fn current(&self) -> Result<Credential, AdapterError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(Self::credential(self.current))
    }

    async fn refetch(&self) -> Result<Option<Credential>, AdapterError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        Ok(Some(Self::credential(self.fetched)))
    }
}

async fn store(database: &TestDatabase, source: Arc<Source>) -> DocumentDbStore {
    let settings = ConnectionSettings::new(SecretText::new(database.uri_of(None)));
    DocumentDbStore::open(&settings, Some(source))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_apart_from_the_string_are_taken_as_they_are() {
    let database = TestDatabase::new();
    let source = Source::new(RIGHT, "unused");
    let store = store(&database, source.clone()).await;
    for _ in 0..3 {
        request(REQUEST, store.ping()).await.unwrap();
    }
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);
    assert_eq!(source.fetches.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_is_fetched_again_and_no_call_fails() {
    let database = TestDatabase::new();
    let source = Source::new("of yesterday", RIGHT);
    let store = Arc::new(store(&database, source.clone()).await);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        calls.spawn(request(REQUEST, async move { store.ping().await }));
    }
    for answer in calls.join_all().await {
        answer.unwrap();
    }
    assert_eq!(source.fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_not_fetched_with_every_request() {
    let database = TestDatabase::new();
    let source = Source::new("wrong", "wrong as well");
    let store = store(&database, source.clone()).await;
    for _ in 0..5 {
        let cause = unavailable(request(REQUEST, store.ping()).await);
        assert!(cause.contains("refuses the credentials"), "{cause}");
        assert!(!cause.contains("wrong"), "{cause}");
    }
    assert_eq!(source.fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_in_the_string_is_named_as_such() {
    let database = TestDatabase::new();
    let uri = SecretText::new(database.uri_of(Some("countersign:hunter2")));
    let settings = ConnectionSettings::new(uri);
    let store = DocumentDbStore::open(&settings, None).await.unwrap();
    let cause = unavailable(request(REQUEST, store.ping()).await);
    assert!(cause.contains("refuses the credentials"), "{cause}");
    assert!(!cause.contains("hunter2"), "{cause}");
}
