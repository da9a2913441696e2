use std::collections::HashSet;

use auth_flows::{EMAIL, PASSWORD, TestService, attempt};
use auth_memory::QuickHasher;
use auth_runtime::{AccountStatus, AuditEventKind, Clock, LoginAttempt, LoginError, RefreshError};

const SALT: &str = "0123456789abcdefghijkl";
const WRONG: &str = "not the password of anybody";

#[tokio::test]
async fn nobody_can_tell_why_a_login_was_refused_nor_by_its_cost() {
    let test = TestService::new("");
    test.ada().await;
    let disabled = test.account_with("disabled@example.org", &[]).await;
    test.set_status(&disabled.id, AccountStatus::Disabled).await;
    test.create("new@example.org", &[], None).await;
    test.hasher.take_work();

    for (email, password) in [
        ("unknown@example.org", PASSWORD),
        ("unknown@example.org", ""),
        (EMAIL, WRONG),
        (EMAIL, ""),
        (EMAIL, &PASSWORD.to_uppercase()),
        (EMAIL, &format!("{PASSWORD} ")),
        ("disabled@example.org", WRONG),
        ("new@example.org", WRONG),
        ("not an address", PASSWORD),
        ("", PASSWORD),
        ("malformed@", "a bell \u{7}"),
        ("long@example.org", &"long".repeat(2000)),
    ] {
        let answer = test.try_login(attempt(email, password)).await;
        assert!(
            matches!(answer, Err(LoginError::InvalidCredentials)),
            "`{email}` `{password}`"
        );
        let work = test.hasher.take_work();
        assert_eq!(
            (work.hashes, work.verifications),
            (0, 1),
            "`{email}` `{password}`"
        );
    }
}

/// The store calls that one login makes after its account is found.
async fn calls_of_login(test: &TestService, login: LoginAttempt) -> Vec<&'static str> {
    test.stores.take_calls();
    let _ = test.try_login(login).await;
    let mut calls = test.stores.take_calls();
    assert_eq!(calls.remove(0), "accounts.find-by-email");
    calls
}

#[tokio::test]
async fn a_login_reads_its_counters_once_before_the_hash_and_once_after_it() {
    let test = TestService::new("");
    test.ada().await;
    let known = test.login(EMAIL, PASSWORD).await.device_token;
    let session = ["sessions.insert", "sessions.list-by-account"];
    let judged = ["throttle.find", "throttle.find"];
    for (device_token, counters) in [(None, 3), (known, 2)] {
        let login = |password| LoginAttempt {
            device_token: device_token.clone(),
            ..attempt(EMAIL, password)
        };
        let is_known = device_token.is_some();
        let right = calls_of_login(&test, login(PASSWORD)).await;
        assert_eq!(right, [judged, session].concat(), "{is_known}");
        let wrong = calls_of_login(&test, login(WRONG)).await;
        let written = vec!["throttle.put"; counters];
        assert_eq!(wrong, [judged.to_vec(), written].concat(), "{is_known}");
        let cleared = calls_of_login(&test, login(PASSWORD)).await;
        let expected = [judged.as_slice(), &["throttle.remove"], &session].concat();
        assert_eq!(cleared, expected, "{is_known}");
    }
    for password in [PASSWORD, WRONG] {
        let unknown = calls_of_login(&test, attempt("unknown@example.org", password)).await;
        assert_eq!(unknown, [judged.as_slice(), &["throttle.put"; 3]].concat());
    }
}

#[tokio::test]
async fn a_blocked_login_reads_its_counters_once() {
    let test = TestService::new("");
    test.ada().await;
    test.guess(EMAIL, 0..5, |_| auth_flows::SOURCE.to_owned())
        .await;
    test.hasher.take_work();
    let blocked = calls_of_login(&test, attempt(EMAIL, PASSWORD)).await;
    assert_eq!(blocked, ["throttle.find"]);
    assert_eq!(test.hasher.take_work().verifications, 0);
}

#[tokio::test]
async fn only_the_right_password_learns_that_the_account_is_disabled() {
    let test = TestService::new("");
    let ada = test.ada().await;
    test.set_status(&ada.id, AccountStatus::Disabled).await;
    // This is more often than the throttle allows wrong passwords: this refusal does not count as a
    // failure.
    for _ in 0..40 {
        let answer = test.try_login(attempt(EMAIL, PASSWORD)).await;
        assert!(matches!(answer, Err(LoginError::AccountDisabled)));
    }
    test.set_status(&ada.id, AccountStatus::Active).await;
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn a_weaker_or_foreign_hash_is_replaced_after_a_success_and_only_then() {
    let argon2id = "hashing.scheme = 'argon2id'";
    for (policy, head, is_replaced) in [
        ("", format!("$2b$12${SALT}"), true),
        ("", format!("$2a$10${SALT}"), true),
        ("", format!("$2y$14${SALT}"), true),
        ("", format!("$bcrypt-sha256$2b,12${SALT}$"), true),
        ("", format!("$bcrypt-sha256$v=2,t=2b,r=11${SALT}$"), true),
        ("", format!("$bcrypt-sha256$v=2,t=2b,r=12${SALT}$"), false),
        ("", format!("$bcrypt-sha256$v=2,t=2b,r=13${SALT}$"), false),
        ("", format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$"), true),
        (
            argon2id,
            format!("$bcrypt-sha256$v=2,t=2b,r=12${SALT}$"),
            true,
        ),
        (
            argon2id,
            format!("$argon2id$v=19$m=19455,t=2,p=1${SALT}$"),
            true,
        ),
        (
            argon2id,
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$"),
            false,
        ),
    ] {
        let test = TestService::new(policy);
        test.ada().await;
        let foreign = QuickHasher::stored(&head, PASSWORD);
        test.edit(EMAIL, |account| account.password_hash.clone_from(&foreign))
            .await;

        test.try_login(attempt(EMAIL, WRONG)).await.unwrap_err();
        assert_eq!(
            test.stored(EMAIL).await.unwrap().password_hash,
            foreign,
            "{head}"
        );
        test.hasher.take_work();
        test.login(EMAIL, PASSWORD).await;
        assert_eq!(
            test.hasher.take_work().hashes,
            u32::from(is_replaced),
            "{head}"
        );
        let stored = test.stored(EMAIL).await.unwrap().password_hash;
        assert_eq!(stored != foreign, is_replaced, "{head}");

        test.login(EMAIL, PASSWORD).await;
        let work = test.hasher.take_work();
        assert_eq!((work.hashes, work.verifications), (0, 1), "{head}");
    }
}

#[tokio::test]
async fn an_upgrade_gives_way_to_another_write() {
    let test = TestService::new("");
    test.ada().await;
    let foreign = QuickHasher::stored(&format!("$2b$12${SALT}"), PASSWORD);
    test.edit(EMAIL, |account| account.password_hash.clone_from(&foreign))
        .await;
    let other = test.clone();
    test.stores.before("accounts.replace", async move {
        other
            .edit(EMAIL, |account| account.roles = vec!["admin".to_owned()])
            .await;
    });

    test.login(EMAIL, PASSWORD).await;
    let stored = test.stored(EMAIL).await.unwrap();
    assert_eq!(
        (stored.roles, stored.password_hash),
        (vec!["admin".to_owned()], foreign)
    );
}

#[tokio::test]
async fn a_password_changed_during_a_login_leaves_it_no_session() {
    let test = TestService::new("");
    test.ada().await;
    let changed = test.login(EMAIL, PASSWORD).await;
    let other = test.clone();
    test.stores.before("sessions.insert", async move {
        let change = other.change_password(&changed, PASSWORD, "a password nobody else has");
        change.await.unwrap();
    });
    let tokens = test.login(EMAIL, PASSWORD).await;
    assert!(!test.is_alive(&tokens).await);
}

#[tokio::test]
async fn every_login_makes_a_new_session_and_new_tokens() {
    let test = TestService::new("");
    let ada = test.ada().await;
    test.events();
    let mut seen = HashSet::new();
    for _ in 0..10 {
        let tokens = test.login(EMAIL, PASSWORD).await;
        assert_eq!(
            (tokens.access_seconds, tokens.refresh_seconds),
            (600, 14 * 86_400)
        );
        let device_token = tokens.device_token.unwrap();
        for text in [
            tokens.access_token,
            tokens.refresh_token,
            tokens.session_id,
            device_token,
        ] {
            assert!(seen.insert(text));
        }
    }
    let expected = (AuditEventKind::LoginSucceeded, Some(ada.id));
    assert_eq!(test.events(), vec![expected; 10]);
}

#[tokio::test]
async fn what_comes_from_the_client_is_kept_short_and_printable() {
    let test = TestService::new("");
    test.ada().await;
    let user_agent = format!("\u{1b}[31m{}", "x".repeat(5000));
    let tokens = test
        .try_login(LoginAttempt {
            user_agent,
            ..attempt(EMAIL, PASSWORD)
        })
        .await;
    let sessions = test
        .service
        .list_sessions(&tokens.unwrap().access_token)
        .await;
    let shown = &sessions.unwrap().unwrap()[0].user_agent;
    assert_eq!(shown.chars().count(), 256);
    assert!(!shown.contains(char::is_control));
}

#[tokio::test]
async fn a_password_is_the_same_in_composed_and_decomposed_letters() {
    let test = TestService::new("");
    let (composed, decomposed) = (
        "sch\u{f6}ne gr\u{fc}ne W\u{e4}lder",
        "scho\u{308}ne gru\u{308}ne Wa\u{308}lder",
    );
    test.create("one@example.org", &[], Some(composed)).await;
    test.create("other@example.org", &[], Some(decomposed))
        .await;
    for email in ["one@example.org", "other@example.org"] {
        test.login(email, composed).await;
        test.login(email, decomposed).await;
    }
}

#[tokio::test]
async fn one_session_above_the_cap_ends_the_oldest() {
    let test = TestService::new("session.max_per_account = 3");
    let ada = test.ada().await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(test.login(EMAIL, PASSWORD).await);
        test.wait(1);
    }
    let ended = (AuditEventKind::SessionEnded, Some(ada.id));
    assert_eq!(
        test.events()
            .into_iter()
            .filter(|event| *event == ended)
            .count(),
        1
    );
    let mut alive = Vec::new();
    for tokens in &sessions {
        alive.push(test.is_alive(tokens).await);
    }
    assert_eq!(alive, [false, true, true, true]);
    assert_eq!(
        test.refresh(&sessions[0].refresh_token).await.unwrap_err(),
        RefreshError::Invalid
    );
}

#[tokio::test]
async fn a_clock_set_back_does_not_make_the_newest_session_the_oldest() {
    let test = TestService::new("session.max_per_account = 2");
    test.ada().await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        test.clock.set(test.clock.now() - 60_000);
        sessions.push(test.login(EMAIL, PASSWORD).await);
        assert!(
            test.who_am_i(&sessions.last().unwrap().access_token)
                .await
                .is_ok()
        );
    }
}
