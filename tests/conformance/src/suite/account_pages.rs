//! Cases of `account-store`: pages of accounts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_runtime::AccountStore;
use tokio::task::yield_now;

use super::accounts::{insert_all, next};
use super::support::ALL;
use crate::Stores;
use crate::records::account;

/// The addresses of one page, and whether more follow.
async fn page(
    store: &dyn AccountStore,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> (Vec<String>, bool) {
    let page = store.list_page(prefix, after, limit).await.unwrap();
    (
        page.items
            .into_iter()
            .map(|account| account.email_key)
            .collect(),
        page.more,
    )
}

/// Walks over all pages of this size, as an administrator does.
async fn walk(store: &dyn AccountStore, prefix: &str, limit: u32) -> Vec<String> {
    let mut met: Vec<String> = Vec::new();
    loop {
        let (keys, more) = page(store, prefix, met.last().map(String::as_str), limit).await;
        assert!(
            keys.len() <= limit as usize,
            "a page of {} where {limit} fit",
            keys.len()
        );
        assert!(!more || !keys.is_empty(), "more after an empty page");
        met.extend(keys);
        if !more {
            return met;
        }
    }
}

/// Pages are in the order of code points, in every locale.
pub async fn lists_in_order_of_address(stores: &Stores) {
    let ordered = [
        "!",
        "10",
        "9",
        "A",
        "a",
        "a!",
        "aa",
        "b",
        "\u{e9}",
        "\u{ffff}",
        "\u{10000}",
    ];
    let mut shuffled = ordered;
    shuffled.reverse();
    shuffled.swap(2, 7);
    insert_all(&*stores.accounts, &shuffled).await;
    for limit in [1, 2, 3, 10, 11, 12, ALL] {
        assert_eq!(
            walk(&*stores.accounts, "", limit).await,
            ordered,
            "pages of {limit}"
        );
    }
}

/// A page tells exactly whether more accounts follow.
pub async fn tells_whether_more_follow(stores: &Stores) {
    assert_eq!(
        page(&*stores.accounts, "", None, 1).await,
        (vec![], false),
        "no account at all"
    );
    insert_all(&*stores.accounts, &["a1", "a2", "b1"]).await;
    let cases: [(_, _, _, &[&str], _); 11] = [
        ("", None, 2, &["a1", "a2"], true),
        ("", None, 3, &["a1", "a2", "b1"], false),
        ("", None, 4, &["a1", "a2", "b1"], false),
        ("", Some("a1"), 1, &["a2"], true),
        ("", Some("a2"), 1, &["b1"], false),
        ("", Some("b1"), 1, &[], false),
        ("a", None, 1, &["a1"], true),
        ("a", None, 2, &["a1", "a2"], false),
        ("a", Some("a1"), 1, &["a2"], false),
        ("b", Some("a2"), 1, &["b1"], false),
        ("c", None, 1, &[], false),
    ];
    for (prefix, after, limit, keys, more) in cases {
        let expected = (keys.iter().map(|key| (*key).to_owned()).collect(), more);
        let found = page(&*stores.accounts, prefix, after, limit).await;
        assert_eq!(
            found, expected,
            "prefix `{prefix}`, after {after:?}, limit {limit}"
        );
    }
}

/// `after` is a position in the order. It need not be the address of an account, nor have the
/// prefix.
pub async fn goes_on_after_an_address_that_is_gone(stores: &Stores) {
    insert_all(&*stores.accounts, &["b1", "b3", "c1"]).await;
    let cases: &[(&str, &str, &[&str])] = &[
        ("", "a", &["b1", "b3", "c1"]),
        ("", "b2", &["b3", "c1"]),
        ("b", "a", &["b1", "b3"]),
        ("b", "b", &["b1", "b3"]),
        ("b", "b2", &["b3"]),
        ("b", "c", &[]),
        ("", "", &["b1", "b3", "c1"]),
        ("", "\u{10ffff}", &[]),
    ];
    for (prefix, after, expected) in cases {
        let (found, _) = page(&*stores.accounts, prefix, Some(after), ALL).await;
        assert_eq!(found, *expected, "prefix `{prefix}`, after `{after}`");
    }
}

/// A prefix is plain text and no pattern, and its last character may be the highest code point.
pub async fn takes_a_prefix_literally(stores: &Stores) {
    let keys = [
        "%",
        "*",
        "A.b",
        "a",
        "a$",
        "a%",
        "a.b",
        "a\\b",
        "a^",
        "a_b",
        "axb",
        "z",
        "\u{7f}",
        "\u{7f}a",
        "\u{e9}",
        "\u{e9}a",
        "\u{ff}",
        "\u{ff}\u{ff}",
        "\u{d7ff}",
        "\u{d7ff}a",
        "\u{e000}",
        "\u{ffff}a",
        "\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
    ];
    insert_all(&*stores.accounts, &keys).await;
    let prefixes = keys
        .iter()
        .chain(&["", "A", "\u{10ffff}a", ".", "a.", "e", "\u{c3}"]);
    for prefix in prefixes {
        let mut expected: Vec<&str> = keys
            .into_iter()
            .filter(|key| key.starts_with(prefix))
            .collect();
        expected.sort_unstable();
        assert_eq!(
            walk(&*stores.accounts, prefix, 3).await,
            expected,
            "prefix `{prefix}`"
        );
    }
}

/// A walk over all pages returns an account that exists throughout exactly once, even while other
/// accounts are written.
pub async fn meets_each_account_once_while_others_write(stores: &Stores) {
    const STAYING: usize = 40;
    for index in 0..STAYING {
        let (id, key) = (format!("stays-{index}"), format!("{index:03}-stays"));
        stores.accounts.insert(account(&id, &key)).await.unwrap();
    }
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(come_and_go(stores.accounts.clone(), done.clone(), STAYING));
    for limit in [1, 3, 7, 39, ALL] {
        let mut met = BTreeMap::new();
        let walked = walk(&*stores.accounts, "", limit).await;
        assert!(walked.is_sorted(), "pages of {limit}");
        for key in walked {
            *met.entry(key).or_insert(0) += 1;
        }
        assert!(
            met.values().all(|times| *times == 1),
            "pages of {limit}: {met:?}"
        );
        let stayed = met.keys().filter(|key| key.ends_with("-stays")).count();
        assert_eq!(stayed, STAYING, "pages of {limit}");
    }
    done.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}

/// Inserts and removes accounts between the staying ones, and replaces the staying ones.
async fn come_and_go(store: Arc<dyn AccountStore>, done: Arc<AtomicBool>, staying: usize) {
    for round in 0_usize.. {
        if done.load(Ordering::Relaxed) {
            return;
        }
        let place = round * 7 % staying;
        let passing = account(&format!("passes-{round}"), &format!("{place:03}-passes"));
        store.insert(passing.clone()).await.unwrap();
        let stays = store
            .find(&format!("stays-{place}"))
            .await
            .unwrap()
            .unwrap();
        store.replace(next(&stays), stays.version).await.unwrap();
        store.remove(&passing.id, 1).await.unwrap();
        yield_now().await;
    }
}
