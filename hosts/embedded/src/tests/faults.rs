//! Failing disks, and writes that share a transaction.

use std::sync::Arc;

use auth_runtime::{AccountStore, AdapterError, InsertError, ReplaceError, Session, SessionStore};
use tokio::task::{JoinHandle, yield_now};

use super::medium::{Fault, Medium};
use super::{account, assert_consistent, open_on, session};
use crate::EmbeddedStore;

fn is_unavailable(error: &AdapterError) -> bool {
    matches!(error, AdapterError::Unavailable { .. })
}

async fn insert(store: &EmbeddedStore, id: &str) -> Result<(), AdapterError> {
    SessionStore::insert(store, session(id, 1)).await
}

async fn find(store: &EmbeddedStore, id: &str) -> Result<Option<Session>, AdapterError> {
    SessionStore::find(store, id).await
}

/// Starts all writes while the disk completes no sync, so that they wait for one another.
async fn start_together<T: Send + 'static>(
    writes: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<JoinHandle<T>> {
    let started = writes.into_iter().map(tokio::spawn).collect();
    // These tests have one thread, so each task runs until its change is in the queue.
    yield_now().await;
    started
}

#[tokio::test]
async fn fifty_parallel_writes_share_two_commits() {
    let medium = Medium::default();
    let store = Arc::new(open_on(&medium));
    // A file that grows is synced once more.
    for index in 0..50 {
        insert(&store, &format!("before {index}")).await.unwrap();
    }
    let before = medium.syncs();
    insert(&store, "alone").await.unwrap();
    let one_commit = medium.syncs() - before;

    medium.hold_syncs();
    let writes = (0..50).map(|index| {
        let store = store.clone();
        async move { insert(&store, &format!("{index}")).await }
    });
    let writes = start_together(writes).await;
    let before = medium.syncs();
    medium.release_syncs();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    let syncs = medium.syncs() - before;
    assert!(
        syncs <= 2 * one_commit,
        "{syncs} syncs, one commit takes {one_commit}"
    );
    assert_consistent(&store);
}

#[tokio::test]
async fn a_conflict_leaves_the_rest_of_its_batch_alone() {
    let medium = Medium::default();
    let store = Arc::new(open_on(&medium));
    insert(&store, "contended").await.unwrap();
    medium.hold_syncs();
    // The first write occupies the writer, and all others form the next batch.
    let writes = start_together((0..20_u64).map(|index| {
        let store = store.clone();
        async move {
            if index % 2 == 0 {
                SessionStore::replace(&*store, session("contended", 2), 1)
                    .await
                    .is_ok()
            } else {
                AccountStore::insert(&*store, account(&format!("{index}")))
                    .await
                    .is_ok()
            }
        }
    }))
    .await;
    medium.release_syncs();
    let mut succeeded = Vec::new();
    for write in writes {
        succeeded.push(write.await.unwrap());
    }
    let replaced = succeeded
        .iter()
        .step_by(2)
        .filter(|succeeded| **succeeded)
        .count();
    let inserted = succeeded
        .iter()
        .skip(1)
        .step_by(2)
        .filter(|succeeded| **succeeded)
        .count();
    assert_eq!((replaced, inserted), (1, 10));
    assert_consistent(&store);
}

#[tokio::test]
async fn every_write_of_a_failed_batch_is_unavailable_and_the_store_goes_on() {
    for fault in [Fault::Syncs, Fault::Writes, Fault::Reads, Fault::Gone] {
        let medium = Medium::default();
        let store = Arc::new(open_on(&medium));
        insert(&store, "before").await.unwrap();
        medium.fail(fault);
        let writes = start_together((0..10).map(|index| {
            let store = store.clone();
            async move { insert(&store, &format!("{index}")).await }
        }))
        .await;
        let mut unavailable = 0;
        for write in writes {
            match write.await.unwrap() {
                Ok(()) => assert_eq!(fault, Fault::Reads, "{fault:?}: answered, yet not written"),
                Err(error) => {
                    assert!(is_unavailable(&error), "{fault:?}: {error:?}");
                    unavailable += 1;
                }
            }
        }
        assert!(
            unavailable == 10 || fault == Fault::Reads,
            "{fault:?}: {unavailable}"
        );

        medium.fail(None);
        insert(&store, "after")
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(
            find(&store, "before").await.unwrap(),
            Some(session("before", 1))
        );
        assert_eq!(
            find(&store, "after").await.unwrap(),
            Some(session("after", 1))
        );
        assert_consistent(&store);
    }
}

#[tokio::test]
async fn reads_go_on_while_the_disk_is_full() {
    let medium = Medium::default();
    let store = open_on(&medium);
    insert(&store, "before").await.unwrap();
    medium.fail(Fault::Full);
    let (mut written, mut refused) = (0, 0);
    while refused < 5 {
        match insert(&store, &format!("{written}")).await {
            Ok(()) => written += 1,
            Err(error) => {
                assert!(is_unavailable(&error));
                refused += 1;
            }
        }
        assert_eq!(
            find(&store, "before").await.unwrap(),
            Some(session("before", 1))
        );
    }
    assert_consistent(&store);
    let refused = AccountStore::insert(&store, account("a"))
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        InsertError::Adapter(AdapterError::Unavailable { .. })
    ));
    let refused = SessionStore::replace(&store, session("before", 2), 1)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        ReplaceError::Adapter(AdapterError::Unavailable { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_alone_bring_a_broken_store_back() {
    let medium = Medium::default();
    let store = open_on(&medium);
    insert(&store, "before").await.unwrap();
    medium.fail(Fault::Gone);
    insert(&store, "refused").await.unwrap_err();
    assert!(is_unavailable(&find(&store, "before").await.unwrap_err()));
    medium.fail(None);
    while let Err(error) = find(&store, "before").await {
        assert!(is_unavailable(&error));
        yield_now().await;
    }
    assert_eq!(
        find(&store, "before").await.unwrap(),
        Some(session("before", 1))
    );
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_refuses_what_comes_later() {
    let medium = Medium::default();
    let store = Arc::new(open_on(&medium));
    let writes = start_together((0..50).map(|index| {
        let store = store.clone();
        async move { insert(&store, &format!("{index}")).await }
    }))
    .await;
    store.close();
    store.close();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert!(is_unavailable(&insert(&store, "late").await.unwrap_err()));
    assert!(is_unavailable(&find(&store, "0").await.unwrap_err()));

    let again = open_on(&medium);
    let kept = again
        .list_by_account("account", None, u32::MAX)
        .await
        .unwrap();
    assert_eq!(kept.len(), 50);
    assert_consistent(&again);
}
