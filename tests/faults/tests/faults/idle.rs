//! Connections that die while they are idle, as when a process is frozen.

use std::time::Duration;

use auth_runtime::SessionStore;
use tokio::time::{Instant, sleep};

use crate::records::{ProxiedStore, REQUEST, refreshed, request, session};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_reset_while_idle_costs_one_retry_and_no_error() {
    let ProxiedStore {
        store,
        direct,
        proxy,
        ..
    } = &ProxiedStore::new().await;
    SessionStore::insert(direct, session("s")).await.unwrap();
    let mut kept = session("s");
    for _ in 0..5 {
        proxy.reset();
        assert_eq!(
            request(REQUEST, SessionStore::find(store, "s"))
                .await
                .unwrap(),
            Some(kept.clone())
        );
        proxy.reset();
        let replaced = SessionStore::replace(store, refreshed(&kept), kept.version);
        request(REQUEST, replaced).await.unwrap();
        kept = refreshed(&kept);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_died_without_a_word_costs_one_call_limit_and_no_error() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::new().await;
    proxy.lose_replies();
    request(REQUEST, store.ping()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_idle_too_long_is_not_used_at_all() {
    let idle = Duration::from_millis(300);
    let options = format!("&maxIdleTimeMS={}", idle.as_millis());
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::with_options(&options).await;
    proxy.lose_replies();
    sleep(idle * 2).await;
    let start = Instant::now();
    request(REQUEST, store.ping()).await.unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}
