//! Cases of `session-store`.

use std::time::Duration;

use auth_runtime::{ClientMark, Clock, Session, SessionStore};
use tokio::task::yield_now;

use super::support::{ALL, AWKWARD_TEXTS, RACERS, assert_one_winner, race, won};
use crate::Stores;
use crate::records::{refreshed, session};

/// How often a race between two writers is run. In most rounds one writer is done before the other
/// begins.
const ROUNDS: u64 = 300;

async fn ids(
    store: &dyn SessionStore,
    account_id: &str,
    after: Option<&str>,
    limit: u32,
) -> Vec<String> {
    let sessions = store
        .list_by_account(account_id, after, limit)
        .await
        .unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

/// Every field comes back as it was given, by id and in the account's list.
pub async fn gives_back_every_field(stores: &Stores) {
    let full = Session {
        epoch: u64::MAX,
        seed: (0..=u8::MAX).collect(),
        generation: u64::MAX,
        rotated_at: u64::MAX,
        authenticated_at: u64::MAX,
        methods: AWKWARD_TEXTS.map(str::to_owned).to_vec(),
        user_agent: AWKWARD_TEXTS.concat(),
        created_at: u64::MAX,
        last_used_at: u64::MAX,
        version: u64::MAX,
        ..session("full", "account")
    };
    let bare = Session {
        seed: vec![],
        rotated_at: 0,
        rotated_by: None,
        methods: vec![],
        user_agent: String::new(),
        absolute_expires_at: 0,
        ..session("bare", "account")
    };
    for expected in [&full, &bare] {
        stores.sessions.insert(expected.clone()).await.unwrap();
        assert_eq!(
            stores.sessions.find(&expected.id).await.unwrap().as_ref(),
            Some(expected)
        );
    }
    let listed = stores
        .sessions
        .list_by_account("account", None, ALL)
        .await
        .unwrap();
    assert_eq!(listed, [bare, full]);
}

/// A replacement changes every field that can change.
pub async fn replaces_every_field(stores: &Stores) {
    let before = session("id", "account");
    stores.sessions.insert(before.clone()).await.unwrap();
    let after = Session {
        epoch: 2,
        seed: vec![1, 2, 3],
        rotated_at: 3,
        rotated_by: Some(ClientMark {
            client: vec![4, 5],
            idempotency_key: None,
        }),
        authenticated_at: 4,
        methods: vec![],
        user_agent: "another".to_owned(),
        created_at: 5,
        last_used_at: 6,
        expires_at: u64::MAX - 1,
        absolute_expires_at: u64::MAX - 2,
        ..refreshed(&before)
    };
    stores.sessions.replace(after.clone(), 1).await.unwrap();
    assert_eq!(
        stores.sessions.find("id").await.unwrap(),
        Some(after.clone())
    );
    let listed = stores
        .sessions
        .list_by_account("account", None, ALL)
        .await
        .unwrap();
    assert_eq!(listed, [after]);
}

/// Finds no session that was never written.
pub async fn finds_nothing_where_nothing_is(stores: &Stores) {
    stores
        .sessions
        .insert(session("id", "account"))
        .await
        .unwrap();
    for missing in ["", "i", "id2", "account"] {
        assert_eq!(
            stores.sessions.find(missing).await.unwrap(),
            None,
            "id `{missing}`"
        );
        let listed = ids(&*stores.sessions, &format!("{missing}!"), None, ALL).await;
        assert!(listed.is_empty(), "account `{missing}!`");
    }
}

/// The store keeps the version that it is given, and compares a later write with the kept version.
pub async fn compares_with_the_version_it_was_given(stores: &Stores) {
    let first = Session {
        version: 7,
        ..session("id", "account")
    };
    stores.sessions.insert(first.clone()).await.unwrap();
    assert!(!won(stores.sessions.replace(refreshed(&first), 1).await));
    assert!(won(stores.sessions.replace(refreshed(&first), 7).await));
    assert_eq!(
        stores.sessions.find("id").await.unwrap(),
        Some(refreshed(&first))
    );
}

/// Of many parallel replacements of one version exactly one succeeds.
pub async fn lets_one_of_a_hundred_replacements_win(stores: &Stores) {
    let first = session("id", "account");
    stores.sessions.insert(first.clone()).await.unwrap();
    let answers = race((0..RACERS).map(|racer| {
        let store = stores.sessions.clone();
        let session = Session {
            last_used_at: racer,
            ..refreshed(&first)
        };
        async move { (store.replace(session, 1).await, racer) }
    }))
    .await;
    let kept = stores.sessions.find("id").await.unwrap().unwrap();
    for (answer, racer) in &answers {
        assert_eq!(
            answer.is_ok(),
            *racer == kept.last_used_at,
            "what is kept is the winner's"
        );
    }
    assert_one_winner(answers.into_iter().map(|(answer, _)| answer).collect());
}

/// Parallel writers of different sessions all succeed.
pub async fn lets_a_hundred_sessions_be_replaced_side_by_side(stores: &Stores) {
    let answers = race((0..RACERS).map(|racer| {
        let store = stores.sessions.clone();
        let first = session(&format!("id-{racer:03}"), "account");
        async move {
            store.insert(first.clone()).await.unwrap();
            won(store.replace(refreshed(&first), 1).await)
        }
    }))
    .await;
    assert!(answers.into_iter().all(|won| won));
    let listed = stores
        .sessions
        .list_by_account("account", None, ALL)
        .await
        .unwrap();
    assert_eq!(listed.len() as u64, RACERS);
    assert!(listed.iter().all(|session| session.version == 2));
}

/// A replacement that expects another version writes nothing.
pub async fn refuses_to_replace_another_version(stores: &Stores) {
    let second = Session {
        version: 2,
        ..session("id", "account")
    };
    stores.sessions.insert(second.clone()).await.unwrap();
    for replaces in [0, 1, 3, u64::MAX] {
        let answer = stores.sessions.replace(refreshed(&second), replaces).await;
        assert!(!won(answer), "version {replaces}");
    }
    assert_eq!(stores.sessions.find("id").await.unwrap(), Some(second));
}

/// A session that does not exist, or no longer exists, is never written by a replacement.
pub async fn refuses_to_replace_what_is_gone(stores: &Stores) {
    let gone = session("gone", "account");
    for replaces in [0, 1] {
        assert!(
            !won(stores.sessions.replace(gone.clone(), replaces).await),
            "never there"
        );
    }
    stores.sessions.insert(gone.clone()).await.unwrap();
    stores.sessions.remove("gone").await.unwrap();
    assert!(
        !won(stores.sessions.replace(refreshed(&gone), 1).await),
        "removed"
    );
    assert_eq!(stores.sessions.find("gone").await.unwrap(), None);
    assert!(
        ids(&*stores.sessions, "account", None, ALL)
            .await
            .is_empty()
    );
}

/// A removal needs no version, and the removal of a session that does not exist is no error.
pub async fn removes_any_version_and_twice(stores: &Stores) {
    stores.sessions.remove("id").await.unwrap();
    let first = session("id", "account");
    stores.sessions.insert(first.clone()).await.unwrap();
    stores
        .sessions
        .insert(session("other", "account"))
        .await
        .unwrap();
    stores.sessions.replace(refreshed(&first), 1).await.unwrap();
    for _ in 0..2 {
        stores.sessions.remove("id").await.unwrap();
        assert_eq!(stores.sessions.find("id").await.unwrap(), None);
        assert_eq!(
            ids(&*stores.sessions, "account", None, ALL).await,
            ["other"]
        );
    }
}

/// A removal is final: a parallel replacement succeeds before it or fails.
pub async fn removes_for_good_while_replacements_race(stores: &Stores) {
    for round in 0..ROUNDS {
        let first = session(&format!("id-{round}"), "account");
        stores.sessions.insert(first.clone()).await.unwrap();
        race([0, 1, 2].map(|racer| {
            let (store, first) = (stores.sessions.clone(), first.clone());
            async move {
                match racer {
                    0 => store.remove(&first.id).await.unwrap(),
                    _ => refresh_until_gone(&*store, first).await,
                }
            }
        }))
        .await;
        assert_eq!(
            stores.sessions.find(&first.id).await.unwrap(),
            None,
            "round {round}"
        );
    }
    assert!(
        ids(&*stores.sessions, "account", None, ALL)
            .await
            .is_empty()
    );
}

/// Replaces the session that it finds in a loop, as a client that keeps refreshing does.
async fn refresh_until_gone(store: &dyn SessionStore, first: Session) {
    let mut current = Some(first);
    while let Some(session) = current {
        won(store.replace(refreshed(&session), session.version).await);
        // A store in memory never yields, so without this the removal would not run on its thread.
        yield_now().await;
        current = store.find(&session.id).await.unwrap();
    }
}

/// A list holds the sessions of one account only, even when its id is the beginning of another id.
pub async fn lists_the_sessions_of_one_account(stores: &Stores) {
    let accounts = ["a", "a1", "a\u{0}", "a ", "A", "\u{e9}", "a\u{10ffff}"];
    for (index, account_id) in accounts.iter().enumerate() {
        for place in ["first", "second"] {
            let id = format!("{place}-{index}");
            stores
                .sessions
                .insert(session(&id, account_id))
                .await
                .unwrap();
        }
    }
    for (index, account_id) in accounts.iter().enumerate() {
        let expected = [format!("first-{index}"), format!("second-{index}")];
        assert_eq!(
            ids(&*stores.sessions, account_id, None, ALL).await,
            expected
        );
    }
    assert!(ids(&*stores.sessions, "", None, ALL).await.is_empty());
}

/// A list is in ascending order of ids, begins after the given id and ends at the limit.
pub async fn lists_in_order_of_id(stores: &Stores) {
    for id in ["s4", "s1", "s5", "s3"] {
        stores
            .sessions
            .insert(session(id, "account"))
            .await
            .unwrap();
        stores
            .sessions
            .insert(session(&format!("{id}-of-another"), "another"))
            .await
            .unwrap();
    }
    let cases: &[(Option<&str>, u32, &[&str])] = &[
        (None, ALL, &["s1", "s3", "s4", "s5"]),
        (None, 4, &["s1", "s3", "s4", "s5"]),
        (None, 3, &["s1", "s3", "s4"]),
        (None, 1, &["s1"]),
        (Some("s1"), 2, &["s3", "s4"]),
        (Some("s2"), 2, &["s3", "s4"]),
        (Some("s4"), 2, &["s5"]),
        (Some("s5"), 2, &[]),
        (Some(""), 1, &["s1"]),
    ];
    for (after, limit, expected) in cases {
        let found = ids(&*stores.sessions, "account", *after, *limit).await;
        assert_eq!(found, *expected, "after {after:?}, limit {limit}");
    }
}

/// A session may be deleted once it has expired, and no moment earlier.
pub async fn keeps_a_session_until_its_time_is_over(stores: &Stores) {
    let end = stores.clock.now() + 60_000;
    let mut ending = session("ending", "account");
    ending.expires_at = end;
    stores.sessions.insert(ending.clone()).await.unwrap();
    stores
        .sessions
        .insert(session("staying", "account"))
        .await
        .unwrap();

    stores.clock.set(end - 1);
    (stores.sweep)().await;
    assert_eq!(
        stores.sessions.find("ending").await.unwrap(),
        Some(ending.clone())
    );
    assert_eq!(
        ids(&*stores.sessions, "account", None, ALL).await,
        ["ending", "staying"]
    );

    stores.clock.set(end + 1);
    (stores.sweep)().await;
    let found = stores.sessions.find("ending").await.unwrap();
    assert!(found.is_none() || found == Some(ending.clone()));
    assert_eq!(
        won(stores.sessions.replace(refreshed(&ending), 1).await),
        found.is_some()
    );
    stores.sessions.remove("ending").await.unwrap();
    assert_eq!(
        ids(&*stores.sessions, "account", None, ALL).await,
        ["staying"]
    );
}

/// The expiry time that was written last decides when a session may be deleted.
pub async fn keeps_a_session_whose_end_moved(stores: &Stores) {
    let (soon, late) = (stores.clock.now() + 60_000, stores.clock.now() + 120_000);
    let first = Session {
        expires_at: soon,
        ..session("id", "account")
    };
    let longer = Session {
        expires_at: late,
        ..refreshed(&first)
    };
    stores.sessions.insert(first).await.unwrap();
    stores.sessions.replace(longer.clone(), 1).await.unwrap();

    stores.clock.set(late - 1);
    (stores.sweep)().await;
    assert_eq!(
        stores.sessions.find("id").await.unwrap(),
        Some(longer.clone())
    );
    assert_eq!(ids(&*stores.sessions, "account", None, ALL).await, ["id"]);

    let shorter = Session {
        expires_at: late - 1,
        ..refreshed(&longer)
    };
    stores.sessions.replace(shorter.clone(), 2).await.unwrap();
    stores.clock.advance(Duration::from_secs(60));
    (stores.sweep)().await;
    let found = stores.sessions.find("id").await.unwrap();
    assert!(found.is_none() || found == Some(shorter));
}
