//! Password hashes that another system wrote, and passwords that it accepted.

use auth_composition::Platform;
use auth_flows::{EMAIL, PASSWORD, TestService, attempt};
use auth_memory::QuickHasher;
use auth_runtime::{AuditEventKind, Limits, LoginError};

const SALT: &str = "0123456789abcdefghijkl";

async fn stored_as(test: &TestService, hash: &str) {
    test.edit(EMAIL, |account| account.password_hash = hash.to_owned())
        .await;
}

async fn is_password(test: &TestService, password: &str) -> bool {
    match test.try_login(attempt(EMAIL, password)).await {
        Ok(_) => true,
        Err(LoginError::InvalidCredentials) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn what_plain_bcrypt_cannot_check_replaces_no_hash() {
    let read = "r".repeat(72);
    for head in ["$2a$10$", "$2b$12$", "$2y$14$"] {
        let test = TestService::new("");
        test.ada().await;
        let password = format!("{read} and the rest");
        let foreign = QuickHasher::stored(&format!("{head}{SALT}"), &password);
        stored_as(&test, &foreign).await;
        for matching in [&format!("{read}X"), &read, &password, &format!("{read}Y")] {
            assert!(is_password(&test, matching).await, "{matching}");
            assert_eq!(test.stored(EMAIL).await.unwrap().password_hash, foreign);
        }
        assert!(!is_password(&test, &read[1..]).await);
    }
}

#[tokio::test]
async fn a_password_that_was_never_normalised_logs_in_as_sent_and_then_in_any_spelling() {
    let (composed, decomposed) = ("p\u{e4}ssw\u{f6}rd of old", "pa\u{308}sswo\u{308}rd of old");
    for head in [
        format!("$2b$12${SALT}"),
        // The form of the service's own hashes: passlib writes it too.
        format!("$bcrypt-sha256$v=2,t=2b,r=12${SALT}$"),
        format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$"),
    ] {
        let test = TestService::new("");
        test.ada().await;
        let foreign = QuickHasher::stored(&head, decomposed);
        stored_as(&test, &foreign).await;
        assert!(!is_password(&test, composed).await, "{head}");
        assert_eq!(test.stored(EMAIL).await.unwrap().password_hash, foreign);
        for spelling in [decomposed, composed, decomposed] {
            assert!(is_password(&test, spelling).await, "{head}");
        }
        let replaced = test.stored(EMAIL).await.unwrap().password_hash;
        assert!(replaced.starts_with("$bcrypt-sha256$v=2,t=2b,r=12$"));
        assert_ne!(replaced, foreign);
    }
}

#[tokio::test]
async fn the_rules_for_new_passwords_do_not_judge_old_ones() {
    for password in [
        "tab\there",
        "a\u{7}\u{1b}",
        "short",
        "password",
        "line\n",
        "a\0b",
    ] {
        let test = TestService::new("");
        test.ada().await;
        let foreign =
            QuickHasher::stored(&format!("$argon2id$v=19$m=64,t=2,p=1${SALT}$"), password);
        stored_as(&test, &foreign).await;
        for _ in 0..2 {
            assert!(is_password(&test, password).await, "{password:?}");
        }
        assert_ne!(test.stored(EMAIL).await.unwrap().password_hash, foreign);
    }
}

#[tokio::test]
async fn an_unreadable_hash_is_an_event_and_nobodys_password() {
    let test = TestService::new("");
    let ada = test.ada().await;
    for unreadable in [
        "",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "{BCRYPT}$2b$12$x",
        " $2b$12$x",
    ] {
        stored_as(&test, unreadable).await;
        test.events();
        assert!(!is_password(&test, PASSWORD).await);
        assert!(!is_password(&test, unreadable).await);
        let events = test.events();
        assert!(events.contains(&(AuditEventKind::HashUnreadable, Some(ada.id.clone()))));
        test.wait(86_400);
    }
}

/// Hashes that bcrypt 4.0.1 wrote of passwords that were neither normalised nor cut.
#[tokio::test]
async fn real_hashes_of_another_system_verify() {
    let test = TestService::new("");
    test.ada().await;
    let hasher = Platform::of_system(None).unwrap().password_hasher;
    let test = test.changed(|lent| lent.password_hasher = hasher, Limits::default());
    let river = "the long river behind the old mill runs slow in autumn and fast in april, 12 ..!";
    assert_eq!(river.len(), 80);
    let cut = format!("{}X", &river[..72]);
    let decomposed = "pa\u{308}sswo\u{308}rd of the old system";
    let composed = "p\u{e4}ssw\u{f6}rd of the old system";
    let tab = "tab\there is my long password";
    for (stored, logins) in [
        (
            "$2b$12$1RKUs36cxQvOJ0FyAmusleXATgqqqcRIwxOdyLRyrYwupFM8X2QY.",
            [&cut, river, river],
        ),
        (
            "$2b$10$D7Hko4TjU1hTCX053PRf1etnb7ouBg5GXIzWPOFGq.NBylcy7YqOO",
            [decomposed, composed, decomposed],
        ),
        (
            "$2b$10$D/9OV/c30LOK7Hms6hJmi.Q0P.IYbxQsF5kjQZZjqMgGZ261EHB/m",
            [tab, tab, tab],
        ),
    ] {
        stored_as(&test, stored).await;
        for password in logins {
            assert!(is_password(&test, password).await, "{stored} {password}");
        }
    }
}
