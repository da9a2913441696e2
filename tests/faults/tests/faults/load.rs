//! More parallel calls than the pool has connections.

use std::sync::Arc;
use std::time::Duration;

use auth_faults::Fault;
use auth_runtime::SessionStore;
use tokio::task::JoinSet;

use crate::records::{ProxiedStore, refreshed, request, session, unavailable};

const CALLS: usize = 200;
/// Two connections of the pool and two of the monitor, which checks the server on one and measures
/// the round trip on the other.
const CONNECTIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_refreshes_share_two_connections() {
    let ProxiedStore {
        store,
        direct: _,
        proxy,
        database: _database,
    } = ProxiedStore::new().await;
    let store = Arc::new(store);
    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let store = store.clone();
        calls.spawn(request(Duration::from_secs(20), async move {
            let first = session(&format!("s-{number}"));
            SessionStore::insert(&*store, first.clone()).await.unwrap();
            let found = SessionStore::find(&*store, &first.id)
                .await
                .unwrap()
                .unwrap();
            SessionStore::replace(&*store, refreshed(&found), 1)
                .await
                .unwrap();
        }));
    }
    assert_eq!(calls.join_all().await.len(), CALLS);
    assert!(proxy.open() <= CONNECTIONS, "{} connections", proxy.open());
    assert!(
        proxy.opened() <= CONNECTIONS + 2,
        "{} were opened",
        proxy.opened()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_a_connection_no_longer_than_its_request_may_take() {
    let ProxiedStore {
        store,
        proxy,
        database: _database,
        ..
    } = ProxiedStore::new().await;
    let store = Arc::new(store);
    proxy.set(Fault::BlackHole);
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let store = store.clone();
        calls.spawn(request(Duration::from_secs(2), async move {
            store.ping().await
        }));
    }
    for answer in calls.join_all().await {
        unavailable(answer);
    }
    proxy.set(Fault::None);
    request(Duration::from_secs(10), store.ping())
        .await
        .unwrap();
}
