//! A network that drops all data, which is how a connection forgotten by a firewall behaves.

use std::time::Duration;

use auth_faults::Fault;
use auth_runtime::{AccountStore, ReplaceError, SessionStore};

use crate::records::{ProxiedStore, REQUEST, account, refreshed, request, session, unavailable};

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_database_is_reported_before_the_deadline_and_the_next_request_is_served() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::new().await;
    AccountStore::insert(store, account("ada")).await.unwrap();
    for limit in [Duration::from_millis(700), Duration::from_secs(3)] {
        proxy.set(Fault::BlackHole);
        let cause = unavailable(request(limit, AccountStore::find(store, "ada")).await);
        assert!(cause.contains("no answer from the database"), "{cause}");
        proxy.set(Fault::None);
        let found = request(REQUEST, AccountStore::find(store, "ada"))
            .await
            .unwrap();
        assert_eq!(found, Some(account("ada")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_falls_silent_between_two_calls_of_a_request_is_reported_in_time() {
    let ProxiedStore {
        store,
        direct,
        proxy,
        ..
    } = &ProxiedStore::new().await;
    let answer = request(Duration::from_secs(2), async {
        SessionStore::insert(store, session("s")).await.unwrap();
        proxy.set(Fault::BlackHole);
        SessionStore::replace(store, refreshed(&session("s")), 1).await
    })
    .await;
    let Err(ReplaceError::Adapter(error)) = answer else {
        panic!("{answer:?}");
    };
    unavailable::<()>(Err(error));
    let kept = SessionStore::find(direct, "s").await.unwrap();
    assert_eq!(
        kept,
        Some(session("s")),
        "what never arrived changed nothing"
    );
    proxy.set(Fault::None);
    let next = SessionStore::replace(store, refreshed(&session("s")), 1);
    request(REQUEST, next).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_never_reached_is_reported_before_the_deadline() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::unconnected("").await;
    proxy.set(Fault::BlackHole);
    unavailable(request(Duration::from_secs(1), store.ping()).await);
    proxy.set(Fault::None);
    request(REQUEST, store.ping()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_time_asks_nothing() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::unconnected("").await;
    let cause = unavailable(request(Duration::from_millis(100), store.ping()).await);
    assert!(cause.contains("no time is left"), "{cause}");
    assert_eq!(proxy.opened(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_is_no_failure() {
    let ProxiedStore { store, proxy, .. } = &ProxiedStore::new().await;
    for fault in [
        Fault::Delay(Duration::from_millis(150)),
        Fault::Throttle(64),
    ] {
        proxy.set(fault);
        let name = format!("{fault:?}");
        request(REQUEST, AccountStore::insert(store, account(&name)))
            .await
            .unwrap();
        let found = request(REQUEST, AccountStore::find(store, &name))
            .await
            .unwrap();
        assert_eq!(found, Some(account(&name)));
    }
}
