//! Records for tests, and a store behind a proxy.

use std::time::Duration;

use auth_conformance::records;
pub use auth_conformance::records::{code, counter, refreshed};
use auth_documentdb::{ConnectionSettings, DocumentDbStore};
use auth_faults::{Proxy, TestDatabase, server_address};
use auth_runtime::{Account, AdapterError, SecretText, Session, deadline};
use tokio::time::{Instant, sleep};

/// The time limit of a request, unless a test chooses another.
pub const REQUEST: Duration = Duration::from_secs(10);

/// One store that reaches its database through a proxy, and one that reaches it directly.
pub struct ProxiedStore {
    pub store: DocumentDbStore,
    pub direct: DocumentDbStore,
    pub proxy: Proxy,
    pub database: TestDatabase,
}

impl ProxiedStore {
    /// Connects the store and migrates the database.
    pub async fn new() -> Self {
        Self::with_options("").await
    }

    /// Does the same with more options in the connection string: `&key=value`.
    pub async fn with_options(options: &str) -> Self {
        let proxied = Self::unconnected(options).await;
        proxied.store.ping().await.unwrap();
        proxied
    }

    /// Leaves the store unconnected.
    pub async fn unconnected(options: &str) -> Self {
        let database = TestDatabase::new();
        let direct = database.store().await;
        let proxy = Proxy::start(server_address()).await;
        let uri = format!("{}{options}", database.uri_through(proxy.address()));
        let store = DocumentDbStore::open(&ConnectionSettings::new(SecretText::new(uri)), None)
            .await
            .unwrap();
        Self {
            store,
            direct,
            proxy,
            database,
        }
    }
}

/// Does `work` within the deadline of a request, and checks that it keeps to that.
pub async fn request<T>(limit: Duration, work: impl Future<Output = T>) -> T {
    let by = Instant::now() + limit;
    let answer = deadline::within(by, work).await;
    assert!(Instant::now() < by, "the deadline of the request holds");
    answer
}

/// The cause of an `Unavailable` error; panics for any other answer.
pub fn unavailable<T>(answer: Result<T, AdapterError>) -> String {
    match answer {
        Err(AdapterError::Unavailable { retry_after, cause }) => {
            assert!(!retry_after.is_zero());
            format!("{cause:#}")
        }
        Err(AdapterError::Fault(cause)) => panic!("a fault: {cause:#}"),
        Ok(_) => panic!("an answer"),
    }
}

/// Calls `ask` until it returns true.
pub async fn wait_until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let by = Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(Instant::now() < by, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

pub fn account(id: &str) -> Account {
    records::account(id, &format!("{id}@example.com"))
}

pub fn session(id: &str) -> Session {
    records::session(id, "account")
}
