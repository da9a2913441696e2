//! Cases of `throttle-store`.

use auth_runtime::{Clock, Counter, ThrottleStore};

use super::support::{RACERS, assert_one_winner, race, won};
use crate::Stores;
use crate::records::counter;

const NEVER: u64 = u64::MAX;

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

async fn find(store: &dyn ThrottleStore, key: &str) -> Option<Counter> {
    let mut found = store.find(&keys(&[key])).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Every field comes back as it was given.
pub async fn gives_back_every_field(stores: &Stores) {
    let full = Counter {
        failures: u32::MAX,
        window_started_at: u64::MAX,
        blocked_until: u64::MAX,
        blocks: u32::MAX,
        consecutive: u32::MAX,
        version: u64::MAX,
    };
    let bare = Counter {
        failures: 0,
        window_started_at: 0,
        blocked_until: 0,
        blocks: 0,
        consecutive: 0,
        version: 1,
    };
    for (key, expected) in [("full", full), ("bare", bare)] {
        stores
            .throttle
            .put(key, expected, None, NEVER)
            .await
            .unwrap();
        assert_eq!(find(&*stores.throttle, key).await, Some(expected));
    }
    stores
        .throttle
        .put("bare", full, Some(1), NEVER)
        .await
        .unwrap();
    assert_eq!(find(&*stores.throttle, "bare").await, Some(full));
}

/// Counters are returned in the order of the keys, with `None` for a key that has no counter.
pub async fn finds_in_the_order_of_the_keys(stores: &Stores) {
    for (key, version) in [("a", 1), ("b", 2), ("c", 3)] {
        stores
            .throttle
            .put(key, counter(version), None, NEVER)
            .await
            .unwrap();
    }
    let cases: &[(&[&str], &[Option<u64>])] = &[
        (&[], &[]),
        (&["missing"], &[None]),
        (&["c", "a", "b"], &[Some(3), Some(1), Some(2)]),
        (
            &["x", "b", "y", "a", "z"],
            &[None, Some(2), None, Some(1), None],
        ),
        (&["b", "b"], &[Some(2), Some(2)]),
        (&["1", "2", "3", "c", "4", "5", "6", "a"], &{
            let mut expected = [None; 8];
            expected[3] = Some(3);
            expected[7] = Some(1);
            expected
        }),
    ];
    for (asked, expected) in cases {
        let found = stores.throttle.find(&keys(asked)).await.unwrap();
        let versions: Vec<_> = found.iter().map(|found| found.map(|c| c.version)).collect();
        assert_eq!(versions, *expected, "keys {asked:?}");
    }
}

/// Keys are compared byte by byte, to their full length.
pub async fn keeps_keys_apart_that_only_look_alike(stores: &Stores) {
    let long = "k".repeat(127);
    let alike = [
        "a".to_owned(),
        "A".to_owned(),
        "a ".to_owned(),
        "a\u{0}".to_owned(),
        "a.b".to_owned(),
        "$a".to_owned(),
        "\u{e9}".to_owned(),
        "e\u{301}".to_owned(),
        "2001:db8::/64".to_owned(),
        format!("{long}1"),
        format!("{long}2"),
        String::new(),
    ];
    for (version, key) in (1..).zip(&alike) {
        stores
            .throttle
            .put(key, counter(version), None, NEVER)
            .await
            .unwrap();
    }
    for (version, key) in (1..).zip(&alike) {
        assert_eq!(
            find(&*stores.throttle, key).await,
            Some(counter(version)),
            "key `{key}`"
        );
    }
}

/// A first write succeeds only where no counter exists.
pub async fn refuses_a_first_write_over_a_counter(stores: &Stores) {
    assert!(won(stores
        .throttle
        .put("key", counter(7), None, NEVER)
        .await));
    assert!(!won(stores
        .throttle
        .put("key", counter(1), None, NEVER)
        .await));
    assert_eq!(find(&*stores.throttle, "key").await, Some(counter(7)));
}

/// A write that expects another version, or a counter that does not exist, writes nothing.
pub async fn refuses_to_replace_another_version(stores: &Stores) {
    for replaces in [0, 1] {
        let answer = stores
            .throttle
            .put("key", counter(2), Some(replaces), NEVER)
            .await;
        assert!(!won(answer), "no counter, version {replaces}");
    }
    assert_eq!(find(&*stores.throttle, "key").await, None);
    stores
        .throttle
        .put("key", counter(7), None, NEVER)
        .await
        .unwrap();
    for replaces in [0, 1, 6, 8, u64::MAX] {
        let answer = stores
            .throttle
            .put("key", counter(9), Some(replaces), NEVER)
            .await;
        assert!(!won(answer), "version {replaces}");
    }
    assert_eq!(find(&*stores.throttle, "key").await, Some(counter(7)));
    assert!(won(stores
        .throttle
        .put("key", counter(8), Some(7), NEVER)
        .await));
    assert_eq!(find(&*stores.throttle, "key").await, Some(counter(8)));
}

/// Of many parallel writes over one version, or of many first writes, exactly one succeeds.
pub async fn lets_one_of_a_hundred_writes_win(stores: &Stores) {
    for replaces in [None, Some(1), Some(2)] {
        let version = replaces.unwrap_or(0) + 1;
        let answers = race((1..=RACERS).map(|racer| {
            let store = stores.throttle.clone();
            let counter = Counter {
                window_started_at: racer,
                ..counter(version)
            };
            async move { (store.put("key", counter, replaces, NEVER).await, racer) }
        }))
        .await;
        let kept = find(&*stores.throttle, "key").await.unwrap();
        for (answer, racer) in &answers {
            assert_eq!(
                answer.is_ok(),
                *racer == kept.window_started_at,
                "replacing {replaces:?}"
            );
        }
        assert_one_winner(answers.into_iter().map(|(answer, _)| answer).collect());
    }
}

/// No failed attempt is lost while a hundred are counted in parallel.
pub async fn loses_no_count(stores: &Stores) {
    race((0..RACERS).map(|_| {
        let store = stores.throttle.clone();
        async move { while !count_one(&*store).await {} }
    }))
    .await;
    let counted = find(&*stores.throttle, "key").await.unwrap();
    assert_eq!(
        (u64::from(counted.failures), counted.version),
        (RACERS, RACERS)
    );
}

async fn count_one(store: &dyn ThrottleStore) -> bool {
    let found = find(store, "key").await;
    let version = found.map_or(0, |counter| counter.version) + 1;
    let failures = found.map_or(0, |counter| counter.failures) + 1;
    let counter = Counter {
        failures,
        ..counter(version)
    };
    won(store
        .put("key", counter, found.map(|counter| counter.version), NEVER)
        .await)
}

/// A removal deletes the counters, and the removal of a counter that does not exist is no error.
pub async fn forgets_what_is_removed(stores: &Stores) {
    for key in ["a", "b", "c"] {
        stores
            .throttle
            .put(key, counter(5), None, NEVER)
            .await
            .unwrap();
    }
    for removed in [
        &[] as &[&str],
        &["missing", "a", "c"],
        &["a", "a"],
        &["missing"],
    ] {
        stores.throttle.remove(&keys(removed)).await.unwrap();
    }
    assert_eq!(find(&*stores.throttle, "a").await, None);
    assert_eq!(find(&*stores.throttle, "b").await, Some(counter(5)));
    assert_eq!(find(&*stores.throttle, "c").await, None);
    assert!(
        !won(stores.throttle.put("a", counter(6), Some(5), NEVER).await),
        "removed"
    );
    assert!(
        won(stores.throttle.put("a", counter(1), None, NEVER).await),
        "anew"
    );
}

/// A counter may be deleted once it has expired, and no moment earlier.
pub async fn keeps_a_counter_until_its_time_is_over(stores: &Stores) {
    let end = stores.clock.now() + 60_000;
    stores
        .throttle
        .put("ending", counter(1), None, end)
        .await
        .unwrap();
    stores
        .throttle
        .put("staying", counter(1), None, NEVER)
        .await
        .unwrap();

    stores.clock.set(end - 1);
    (stores.sweep)().await;
    assert_eq!(find(&*stores.throttle, "ending").await, Some(counter(1)));

    stores.clock.set(end + 1);
    (stores.sweep)().await;
    let found = find(&*stores.throttle, "ending").await;
    assert!(found.is_none() || found == Some(counter(1)));
    let replaces = found.map(|counter| counter.version);
    assert!(won(stores
        .throttle
        .put("ending", counter(2), replaces, NEVER)
        .await));
    assert_eq!(find(&*stores.throttle, "staying").await, Some(counter(1)));
}

/// The expiry time that was written last decides when a counter may be deleted.
pub async fn keeps_a_counter_whose_end_moved(stores: &Stores) {
    let (soon, late) = (stores.clock.now() + 60_000, stores.clock.now() + 120_000);
    stores
        .throttle
        .put("longer", counter(1), None, soon)
        .await
        .unwrap();
    stores
        .throttle
        .put("longer", counter(2), Some(1), late)
        .await
        .unwrap();
    stores
        .throttle
        .put("anew", counter(1), None, soon)
        .await
        .unwrap();
    stores.throttle.remove(&keys(&["anew"])).await.unwrap();
    stores
        .throttle
        .put("anew", counter(1), None, late)
        .await
        .unwrap();

    stores.clock.set(late - 1);
    (stores.sweep)().await;
    assert_eq!(find(&*stores.throttle, "longer").await, Some(counter(2)));
    assert_eq!(find(&*stores.throttle, "anew").await, Some(counter(1)));
}
