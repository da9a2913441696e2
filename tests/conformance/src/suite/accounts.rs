//! Cases of `account-store`, except those of its pages.

use auth_runtime::{Account, AccountOrigin, AccountStatus, AccountStore, InsertError};

use super::support::{ALL, AWKWARD_TEXTS, RACERS, assert_one_winner, race, won};
use crate::Stores;
use crate::records::account;

pub(super) fn next(account: &Account) -> Account {
    Account {
        version: account.version + 1,
        ..account.clone()
    }
}

pub(super) async fn insert_all(store: &dyn AccountStore, email_keys: &[&str]) {
    for (index, email_key) in email_keys.iter().enumerate() {
        store
            .insert(account(&format!("id-{index}"), email_key))
            .await
            .unwrap();
    }
}

/// Every field comes back as it was given, by id, by address and on a page.
pub async fn gives_back_every_field(stores: &Stores) {
    let full = Account {
        email: "\u{c5}sa@Example.COM".to_owned(),
        initial_until: Some(u64::MAX),
        roles: AWKWARD_TEXTS.map(str::to_owned).to_vec(),
        status: AccountStatus::Disabled,
        session_epoch: u64::MAX,
        origin: AccountOrigin::Operator,
        surviving_session: Some("a-session".to_owned()),
        throttle_epoch: u64::MAX,
        created_at: u64::MAX,
        updated_at: 0,
        version: u64::MAX,
        ..account("full", "\u{e5}sa@example.com")
    };
    let bare = Account {
        email: String::new(),
        password_hash: String::new(),
        initial_until: Some(0),
        roles: vec![],
        ..account("bare", "bare@example.com")
    };
    for expected in [&full, &bare] {
        stores.accounts.insert(expected.clone()).await.unwrap();
        let by_id = stores.accounts.find(&expected.id).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(expected));
        let by_email = stores
            .accounts
            .find_by_email(&expected.email_key)
            .await
            .unwrap();
        assert_eq!(by_email.as_ref(), Some(expected));
    }
    let page = stores.accounts.list_page("", None, ALL).await.unwrap();
    assert_eq!(page.items, [bare, full]);
}

/// A replacement changes every field that can change.
pub async fn replaces_every_field(stores: &Stores) {
    let before = account("id", "one@example.com");
    stores.accounts.insert(before.clone()).await.unwrap();
    let after = Account {
        email: "ONE@example.com".to_owned(),
        password_hash: "$argon2id$made-up".to_owned(),
        initial_until: Some(7),
        roles: vec![],
        status: AccountStatus::Disabled,
        session_epoch: 3,
        origin: AccountOrigin::Registered,
        surviving_session: Some("another-session".to_owned()),
        throttle_epoch: 4,
        created_at: 5,
        updated_at: 6,
        ..next(&before)
    };
    stores.accounts.replace(after.clone(), 1).await.unwrap();
    assert_eq!(
        stores.accounts.find("id").await.unwrap(),
        Some(after.clone())
    );
    let by_email = stores
        .accounts
        .find_by_email("one@example.com")
        .await
        .unwrap();
    assert_eq!(by_email, Some(after.clone()));
    assert_eq!(
        stores
            .accounts
            .list_page("", None, ALL)
            .await
            .unwrap()
            .items,
        [after]
    );
}

/// Finds no account that was never written, none by an address in place of the id, and none by an
/// id in place of the address.
pub async fn finds_nothing_where_nothing_is(stores: &Stores) {
    insert_all(&*stores.accounts, &["one@example.com"]).await;
    for missing in ["id-1", "", "one@example.com"] {
        assert_eq!(
            stores.accounts.find(missing).await.unwrap(),
            None,
            "id `{missing}`"
        );
    }
    for missing in ["two@example.com", "", "id-0", "one@example.co"] {
        let found = stores.accounts.find_by_email(missing).await.unwrap();
        assert_eq!(found, None, "address `{missing}`");
    }
}

/// Addresses are compared byte by byte: the rules have folded them already.
pub async fn keeps_addresses_apart_that_only_look_alike(stores: &Stores) {
    let alike = [
        "\u{e9}@example.com",
        "e\u{301}@example.com",
        "E@example.com",
        "e@example.com",
    ];
    insert_all(&*stores.accounts, &alike).await;
    for (index, email_key) in alike.iter().enumerate() {
        let found = stores
            .accounts
            .find_by_email(email_key)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.id, format!("id-{index}"), "address `{email_key}`");
    }
}

/// Of many parallel inserts with one address exactly one succeeds; the others write nothing.
pub async fn lets_one_of_a_hundred_inserts_have_the_address(stores: &Stores) {
    let answers = race((0..RACERS).map(|racer| {
        let store = stores.accounts.clone();
        let id = format!("racer-{racer}");
        async move { (store.insert(account(&id, "one@example.com")).await, id) }
    }))
    .await;
    let owner = stores
        .accounts
        .find_by_email("one@example.com")
        .await
        .unwrap()
        .unwrap();
    let mut winners = 0;
    for (answer, id) in answers {
        let found = stores.accounts.find(&id).await.unwrap();
        match answer {
            Ok(()) => {
                winners += 1;
                assert_eq!(found.as_ref(), Some(&owner));
            }
            Err(InsertError::EmailTaken) => assert_eq!(found, None),
            Err(InsertError::Adapter(error)) => panic!("the store failed: {error:?}"),
        }
    }
    assert_eq!(winners, 1);
    let listed = stores.accounts.list_page("", None, ALL).await.unwrap();
    assert_eq!(listed.items, [owner]);
}

/// An insert with a taken address is refused and leaves the existing account unchanged.
pub async fn refuses_a_taken_address(stores: &Stores) {
    let owner = account("owner", "one@example.com");
    stores.accounts.insert(owner.clone()).await.unwrap();
    let answer = stores
        .accounts
        .insert(account("other", "one@example.com"))
        .await;
    assert!(matches!(answer, Err(InsertError::EmailTaken)));
    assert_eq!(
        stores.accounts.find("owner").await.unwrap(),
        Some(owner.clone())
    );
    assert_eq!(stores.accounts.find("other").await.unwrap(), None);
    let by_email = stores
        .accounts
        .find_by_email("one@example.com")
        .await
        .unwrap();
    assert_eq!(by_email, Some(owner));
}

/// The store keeps the version that it is given, and compares a later write with the kept version.
pub async fn compares_with_the_version_it_was_given(stores: &Stores) {
    let first = Account {
        version: 7,
        ..account("id", "one@example.com")
    };
    stores.accounts.insert(first.clone()).await.unwrap();
    assert!(!won(stores.accounts.replace(next(&first), 1).await));
    assert!(!won(stores.accounts.remove("id", 1).await));
    assert!(won(stores.accounts.replace(next(&first), 7).await));
    assert_eq!(
        stores.accounts.find("id").await.unwrap().unwrap().version,
        8
    );
    assert!(won(stores.accounts.remove("id", 8).await));
}

/// Of many parallel replacements of one version exactly one succeeds.
pub async fn lets_one_of_a_hundred_replacements_win(stores: &Stores) {
    let first = account("id", "one@example.com");
    stores.accounts.insert(first.clone()).await.unwrap();
    let answers = race((0..RACERS).map(|racer| {
        let store = stores.accounts.clone();
        let account = Account {
            session_epoch: racer,
            ..next(&first)
        };
        async move { (store.replace(account, 1).await, racer) }
    }))
    .await;
    let kept = stores.accounts.find("id").await.unwrap().unwrap();
    for (answer, racer) in &answers {
        assert_eq!(
            answer.is_ok(),
            *racer == kept.session_epoch,
            "what is kept is the winner's"
        );
    }
    assert_one_winner(answers.into_iter().map(|(answer, _)| answer).collect());
}

/// A replacement that expects another version writes nothing.
pub async fn refuses_to_replace_another_version(stores: &Stores) {
    let second = Account {
        version: 2,
        ..account("id", "one@example.com")
    };
    stores.accounts.insert(second.clone()).await.unwrap();
    for replaces in [0, 1, 3, u64::MAX] {
        let late = Account {
            roles: vec![],
            ..next(&second)
        };
        assert!(
            !won(stores.accounts.replace(late, replaces).await),
            "version {replaces}"
        );
    }
    assert_eq!(stores.accounts.find("id").await.unwrap(), Some(second));
}

/// An account that does not exist, or no longer exists, cannot be replaced or removed.
pub async fn refuses_to_replace_what_is_gone(stores: &Stores) {
    let gone = account("gone", "one@example.com");
    for replaces in [0, 1] {
        assert!(
            !won(stores.accounts.replace(gone.clone(), replaces).await),
            "never there"
        );
        assert!(
            !won(stores.accounts.remove("gone", replaces).await),
            "never there"
        );
    }
    stores.accounts.insert(gone.clone()).await.unwrap();
    assert!(won(stores.accounts.remove("gone", 1).await));
    assert!(
        !won(stores.accounts.replace(next(&gone), 1).await),
        "removed"
    );
    assert!(!won(stores.accounts.remove("gone", 1).await), "removed");
    assert_eq!(stores.accounts.find("gone").await.unwrap(), None);
    assert_eq!(
        stores
            .accounts
            .find_by_email("one@example.com")
            .await
            .unwrap(),
        None
    );
}

/// A removal that expects another version removes nothing.
pub async fn refuses_to_remove_another_version(stores: &Stores) {
    let second = Account {
        version: 2,
        ..account("id", "one@example.com")
    };
    stores.accounts.insert(second.clone()).await.unwrap();
    for replaces in [0, 1, 3] {
        assert!(
            !won(stores.accounts.remove("id", replaces).await),
            "version {replaces}"
        );
    }
    assert_eq!(
        stores.accounts.find("id").await.unwrap(),
        Some(second.clone())
    );
    let by_email = stores
        .accounts
        .find_by_email("one@example.com")
        .await
        .unwrap();
    assert_eq!(by_email, Some(second));
}

/// No lookup finds a removed account, and its address is free at once.
pub async fn frees_the_address_of_a_removed_account(stores: &Stores) {
    stores
        .accounts
        .insert(account("old", "one@example.com"))
        .await
        .unwrap();
    stores.accounts.remove("old", 1).await.unwrap();
    assert_eq!(stores.accounts.find("old").await.unwrap(), None);
    assert_eq!(
        stores
            .accounts
            .find_by_email("one@example.com")
            .await
            .unwrap(),
        None
    );
    let listed = stores.accounts.list_page("", None, ALL).await.unwrap();
    assert!(listed.items.is_empty());

    let new = account("new", "one@example.com");
    stores.accounts.insert(new.clone()).await.unwrap();
    let by_email = stores
        .accounts
        .find_by_email("one@example.com")
        .await
        .unwrap();
    assert_eq!(by_email, Some(new));
    assert_eq!(stores.accounts.find("old").await.unwrap(), None);
}

/// Of a removal and a replacement of one version exactly one succeeds.
pub async fn lets_a_removal_or_a_replacement_win(stores: &Stores) {
    for round in 0..RACERS {
        let first = account(&format!("id-{round}"), &format!("{round}@example.com"));
        stores.accounts.insert(first.clone()).await.unwrap();
        let answers = race([true, false].map(|removes| {
            let (store, second) = (stores.accounts.clone(), next(&first));
            async move {
                if removes {
                    store.remove(&second.id, 1).await
                } else {
                    store.replace(second, 1).await
                }
            }
        }))
        .await;
        assert_one_winner(answers);
        let by_id = stores.accounts.find(&first.id).await.unwrap();
        let by_email = stores
            .accounts
            .find_by_email(&first.email_key)
            .await
            .unwrap();
        assert_eq!(by_id, by_email);
        assert!(by_id.is_none_or(|account| account.version == 2));
    }
}
