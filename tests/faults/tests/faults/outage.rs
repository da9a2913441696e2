//! A database that goes down and comes back.

use std::time::Duration;

use auth_faults::Fault;
use auth_runtime::AccountStore;

use crate::records::{ProxiedStore, REQUEST, account, request, unavailable, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_began_while_the_database_was_down_works_once_it_is_up() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::unconnected("").await;
    proxy.set(Fault::Down);
    for _ in 0..3 {
        unavailable(request(Duration::from_secs(1), store.ping()).await);
    }
    proxy.set(Fault::None);
    wait_until("the database is found", async || {
        request(REQUEST, store.ping()).await.is_ok()
    })
    .await;
    request(REQUEST, AccountStore::insert(store, account("ada")))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_ends_without_a_restart() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::new().await;
    AccountStore::insert(store, account("ada")).await.unwrap();
    for _ in 0..2 {
        proxy.set(Fault::Down);
        unavailable(request(Duration::from_secs(1), AccountStore::find(store, "ada")).await);
        proxy.set(Fault::None);
        wait_until("the database is found again", async || {
            let found = request(REQUEST, AccountStore::find(store, "ada")).await;
            found.is_ok_and(|found| found == Some(account("ada")))
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_holds_no_connection() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::new().await;
    assert!(proxy.open() > 0);
    let start = tokio::time::Instant::now();
    store.close().await;
    assert!(start.elapsed() < Duration::from_millis(300));
    wait_until("the connections end", async || proxy.open() == 0).await;
}
