//! A write whose reply is lost takes effect once, and the store reports the right result.

use std::time::Duration;

use auth_faults::{Fault, Proxy};
use auth_runtime::{
    AccountStore, AdapterError, CodeStore, InsertError, ReplaceError, SessionStore, ThrottleStore,
};

use crate::records::{
    ProxiedStore, REQUEST, account, code, counter, refreshed, request, session, unavailable,
    wait_until,
};

/// The ways in which a reply is lost.
const LOSSES: [fn(&Proxy); 2] = [Proxy::reset_at_reply, Proxy::lose_replies];

#[tokio::test(flavor = "multi_thread")]
async fn an_insertion_happens_once_and_says_so() {
    for lose in LOSSES {
        let ProxiedStore {
            store,
            direct,
            proxy,
            ..
        } = &ProxiedStore::new().await;
        lose(proxy);
        request(REQUEST, AccountStore::insert(store, account("ada")))
            .await
            .unwrap();
        lose(proxy);
        request(REQUEST, SessionStore::insert(store, session("s")))
            .await
            .unwrap();
        let page = direct.list_page("", None, 10).await.unwrap();
        assert_eq!(page.items, [account("ada")]);
        let found = SessionStore::find(direct, "s").await.unwrap();
        assert_eq!(found, Some(session("s")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insertion_of_a_taken_address_is_told_apart_from_its_own_first_try() {
    let ProxiedStore {
        store,
        direct,
        proxy,
        ..
    } = &ProxiedStore::new().await;
    AccountStore::insert(direct, account("ada")).await.unwrap();
    let mut other = account("ada");
    other.id = "other".to_owned();
    proxy.reset_at_reply();
    let answer = request(REQUEST, AccountStore::insert(store, other)).await;
    assert!(matches!(answer, Err(InsertError::EmailTaken)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_happens_once_and_says_so() {
    for lose in LOSSES {
        let ProxiedStore {
            store,
            direct,
            proxy,
            ..
        } = &ProxiedStore::new().await;
        let mut kept = session("s");
        SessionStore::insert(direct, kept.clone()).await.unwrap();
        for _ in 0..3 {
            lose(proxy);
            let next = refreshed(&kept);
            let replaced = SessionStore::replace(store, next.clone(), kept.version);
            request(REQUEST, replaced).await.unwrap();
            assert_eq!(
                SessionStore::find(direct, "s").await.unwrap(),
                Some(next.clone())
            );
            kept = next;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_lost_to_one_of_the_same_content_says_so() {
    let ProxiedStore {
        store,
        direct,
        proxy,
        ..
    } = &ProxiedStore::new().await;
    ThrottleStore::put(direct, "key", counter(1), None, u64::MAX)
        .await
        .unwrap();
    ThrottleStore::put(direct, "key", counter(2), Some(1), u64::MAX)
        .await
        .unwrap();
    proxy.reset_at_reply();
    let answer = request(
        REQUEST,
        ThrottleStore::put(store, "key", counter(2), Some(1), u64::MAX),
    )
    .await;
    assert!(matches!(answer, Err(ReplaceError::Conflict)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_was_itself_replaced_cannot_be_confirmed() {
    let ProxiedStore {
        store,
        direct,
        proxy,
        ..
    } = &ProxiedStore::new().await;
    let first = session("s");
    SessionStore::insert(direct, first.clone()).await.unwrap();
    proxy.lose_replies();
    let second = refreshed(&first);
    let (answer, ()) = tokio::join!(
        request(REQUEST, SessionStore::replace(store, second.clone(), 1)),
        async {
            wait_until("the first try arrives", async || {
                SessionStore::find(direct, "s").await.unwrap() == Some(second.clone())
            })
            .await;
            SessionStore::replace(direct, refreshed(&second), 2)
                .await
                .unwrap();
        }
    );
    match answer {
        Err(ReplaceError::Adapter(error)) => {
            let cause = unavailable::<()>(Err(error));
            assert!(cause.contains("cannot be told"), "{cause}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        SessionStore::find(direct, "s")
            .await
            .unwrap()
            .unwrap()
            .version,
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_happens_and_says_so() {
    for lose in LOSSES {
        let ProxiedStore {
            store,
            direct,
            proxy,
            ..
        } = &ProxiedStore::new().await;
        AccountStore::insert(direct, account("ada")).await.unwrap();
        SessionStore::insert(direct, session("s")).await.unwrap();
        ThrottleStore::put(direct, "key", counter(1), None, u64::MAX)
            .await
            .unwrap();
        lose(proxy);
        request(REQUEST, AccountStore::remove(store, "ada", 1))
            .await
            .unwrap();
        lose(proxy);
        request(REQUEST, SessionStore::remove(store, "s"))
            .await
            .unwrap();
        lose(proxy);
        let keys = ["key".to_owned()];
        request(REQUEST, ThrottleStore::remove(store, &keys))
            .await
            .unwrap();
        assert_eq!(AccountStore::find(direct, "ada").await.unwrap(), None);
        assert_eq!(SessionStore::find(direct, "s").await.unwrap(), None);
        assert_eq!(ThrottleStore::find(direct, &keys).await.unwrap(), [None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_count_is_lost_and_none_is_made_twice_while_replies_are_lost() {
    let ProxiedStore {
        store,
        direct,
        proxy,
        ..
    } = &ProxiedStore::new().await;
    let mut confirmed = 0;
    for version in 1..=20 {
        if version % 3 == 0 {
            proxy.reset_at_reply();
        }
        let replaces = Some(version - 1).filter(|replaces| *replaces > 0);
        let put = CodeStore::put(store, "setup", code(version), replaces);
        match request(REQUEST, put).await {
            Ok(()) => confirmed += 1,
            other => panic!("version {version}: {other:?}"),
        }
    }
    let kept = CodeStore::find(direct, "setup").await.unwrap().unwrap();
    assert_eq!(kept.version, confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_never_comes_is_no_confirmation() {
    let ProxiedStore {
        store,
        direct,
        proxy,
        ..
    } = &ProxiedStore::new().await;
    SessionStore::insert(direct, session("s")).await.unwrap();
    proxy.set(Fault::BlackHole);
    let replaced = SessionStore::replace(store, refreshed(&session("s")), 1);
    let answer = request(Duration::from_secs(2), replaced).await;
    assert!(
        matches!(
            answer,
            Err(ReplaceError::Adapter(AdapterError::Unavailable { .. }))
        ),
        "{answer:?}"
    );
}
