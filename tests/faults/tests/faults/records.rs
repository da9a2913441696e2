//! Records, and a store behind a proxy.

use std::time::Duration;

use auth_conformance::records;
pub use auth_conformance::records::{counter, refreshed};
use auth_documentdb::{DocumentDbStore, Settings};
use auth_faults::{Proxy, TestDatabase, server_address};
use auth_runtime::{Account, AdapterError, Session, deadline};
use tokio::time::{Instant, sleep};

/// As long as a request may take where nothing else is said.
pub const REQUEST: Duration = Duration::from_secs(10);

/// A store that reaches its database through a proxy, and another that reaches it directly.
pub struct Stage {
    pub store: DocumentDbStore,
    pub direct: DocumentDbStore,
    pub proxy: Proxy,
    pub database: TestDatabase,
}

impl Stage {
    /// With a store that is connected and needs no migration.
    pub async fn new() -> Self {
        Self::with_options("").await
    }

    /// The same, with more options in the connection string: `&key=value`.
    pub async fn with_options(options: &str) -> Self {
        let stage = Self::before_the_first_call(options).await;
        stage.store.ping().await.unwrap();
        stage
    }

    /// With a store that did not connect yet.
    pub async fn before_the_first_call(options: &str) -> Self {
        let database = TestDatabase::new();
        let direct = database.store().await;
        let proxy = Proxy::start(server_address()).await;
        let uri = format!("{}{options}", database.uri_through(proxy.address()));
        let store = DocumentDbStore::open(&Settings::new(uri), None)
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

/// Does `work` for a request that may take so long, and holds it to that.
pub async fn request<T>(limit: Duration, work: impl Future<Output = T>) -> T {
    let by = Instant::now() + limit;
    let answer = deadline::within(by, work).await;
    assert!(Instant::now() < by, "the deadline of the request holds");
    answer
}

/// Fails unless the answer is that the database does not answer now; gives the cause.
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

/// Asks until the answer is yes.
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
