//! Cases of `code-store`.

use std::time::Duration;

use auth_runtime::{Clock, Code, CodePurpose, CodeState};

use super::support::{RACERS, assert_one_winner, race, won};
use crate::Stores;
use crate::records::code;

/// Every field and every state comes back as it was given.
pub async fn gives_back_every_field(stores: &Stores) {
    let states = [
        CodeState::Open,
        CodeState::Claimed("\u{e5}ccount \u{1f511}".to_owned()),
        CodeState::Claimed(String::new()),
        CodeState::Spent,
    ];
    for (index, state) in states.into_iter().enumerate() {
        let key = format!("key-{index}");
        let expected = Code {
            purpose: CodePurpose::Setup,
            subject: (index > 0).then(|| format!("subject-{index}@\u{e9}xample.org")),
            digest: (0..32).collect(),
            expires_at: (index > 0).then_some(u64::MAX),
            attempts: u32::MAX,
            state,
            version: u64::MAX,
        };
        stores
            .codes
            .put(&key, expected.clone(), None)
            .await
            .unwrap();
        assert_eq!(stores.codes.find(&key).await.unwrap(), Some(expected));
    }
}

/// Finds no code that was never written; keys are compared byte by byte.
pub async fn finds_nothing_where_nothing_is(stores: &Stores) {
    stores.codes.put("setup", code(1), None).await.unwrap();
    for missing in ["", "Setup", "setu", "setup ", "setup2"] {
        assert_eq!(
            stores.codes.find(missing).await.unwrap(),
            None,
            "key `{missing}`"
        );
    }
}

/// A code goes from state to state, each time by a replacement of the version that was read.
pub async fn replaces_the_version_that_was_read(stores: &Stores) {
    let claimed = Code {
        state: CodeState::Claimed("id".to_owned()),
        ..code(2)
    };
    let spent = Code {
        state: CodeState::Spent,
        digest: vec![0; 32],
        ..code(3)
    };
    stores.codes.put("setup", code(1), None).await.unwrap();
    for (code, replaces) in [(claimed, 1), (spent, 2)] {
        stores
            .codes
            .put("setup", code.clone(), Some(replaces))
            .await
            .unwrap();
        assert_eq!(stores.codes.find("setup").await.unwrap(), Some(code));
    }
}

/// A first write succeeds only where no code exists.
pub async fn refuses_a_first_write_over_a_code(stores: &Stores) {
    assert!(won(stores.codes.put("setup", code(7), None).await));
    assert!(!won(stores.codes.put("setup", code(1), None).await));
    assert_eq!(stores.codes.find("setup").await.unwrap(), Some(code(7)));
}

/// A write that expects another version, or a code that does not exist, writes nothing.
pub async fn refuses_to_replace_another_version(stores: &Stores) {
    for replaces in [0, 1] {
        assert!(
            !won(stores.codes.put("setup", code(2), Some(replaces)).await),
            "no code"
        );
    }
    assert_eq!(stores.codes.find("setup").await.unwrap(), None);
    stores.codes.put("setup", code(7), None).await.unwrap();
    for replaces in [0, 1, 6, 8, u64::MAX] {
        let answer = stores.codes.put("setup", code(9), Some(replaces)).await;
        assert!(!won(answer), "version {replaces}");
    }
    assert_eq!(stores.codes.find("setup").await.unwrap(), Some(code(7)));
    assert!(won(stores.codes.put("setup", code(8), Some(7)).await));
}

/// Of many parallel writes over one version, or of many first writes, exactly one succeeds.
pub async fn lets_one_of_a_hundred_writes_win(stores: &Stores) {
    for replaces in [None, Some(1), Some(2)] {
        let version = replaces.unwrap_or(0) + 1;
        let answers = race((0..RACERS).map(|racer| {
            let store = stores.codes.clone();
            let claimed = CodeState::Claimed(racer.to_string());
            let code = Code {
                state: claimed.clone(),
                ..code(version)
            };
            async move { (store.put("setup", code, replaces).await, claimed) }
        }))
        .await;
        let kept = stores.codes.find("setup").await.unwrap().unwrap();
        for (answer, claimed) in &answers {
            assert_eq!(
                answer.is_ok(),
                *claimed == kept.state,
                "replacing {replaces:?}"
            );
        }
        assert_one_winner(answers.into_iter().map(|(answer, _)| answer).collect());
    }
}

/// A code without an expiry time is kept, since the store must always know that it was used.
pub async fn keeps_a_code_that_does_not_end(stores: &Stores) {
    let spent = Code {
        state: CodeState::Spent,
        ..code(3)
    };
    let put = stores.codes.put("setup", spent.clone(), None).await;
    put.unwrap();
    stores
        .clock
        .advance(Duration::from_secs(100 * 366 * 86_400));
    (stores.sweep)().await;
    assert_eq!(stores.codes.find("setup").await.unwrap(), Some(spent));
}

/// A code is found unchanged until it expires. Later it is either deleted or still unchanged.
pub async fn keeps_a_code_until_its_time_is_over(stores: &Stores) {
    let end = stores.clock.now() + 60_000;
    let ending = Code {
        expires_at: Some(end),
        ..code(1)
    };
    for (key, code) in [("ending", ending.clone()), ("staying", code(1))] {
        stores.codes.put(key, code, None).await.unwrap();
    }
    stores.clock.set(end - 1);
    (stores.sweep)().await;
    let found = stores.codes.find("ending").await.unwrap();
    assert_eq!(found, Some(ending.clone()));

    stores.clock.set(end + 1);
    (stores.sweep)().await;
    let found = stores.codes.find("ending").await.unwrap();
    assert!(found.is_none() || found == Some(ending));
    let found = stores.codes.find("staying").await.unwrap();
    assert_eq!(found, Some(code(1)));
}

/// A code whose expiry time was moved or removed is kept past the first expiry time.
pub async fn keeps_a_code_whose_end_moved(stores: &Stores) {
    let end = stores.clock.now() + 60_000;
    let first = Code {
        expires_at: Some(end),
        ..code(1)
    };
    let moved = [("later", Some(end + 60_000)), ("never", None)];
    for (key, expires_at) in moved {
        stores.codes.put(key, first.clone(), None).await.unwrap();
        let second = Code {
            expires_at,
            ..code(2)
        };
        stores.codes.put(key, second, Some(1)).await.unwrap();
    }
    stores.clock.set(end + 1);
    (stores.sweep)().await;
    for (key, expires_at) in moved {
        let found = stores.codes.find(key).await.unwrap();
        let found = found.map(|code| (code.version, code.expires_at));
        assert_eq!(found, Some((2, expires_at)), "{key}");
    }
}
