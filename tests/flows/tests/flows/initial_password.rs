//! Initial passwords, which an administrator gets for the owner of a new account.

use auth_flows::{EMAIL, PASSWORD, TestService, attempt, together};
use auth_runtime::{
    AccountStatus, AuditEventKind, InitialPassword, LoginAttempt, LoginError, PasswordViolation,
    Tokens,
};

const HOUR: u64 = 3_600_000;

async fn invite(test: &TestService) -> InitialPassword {
    test.create(EMAIL, &[], None)
        .await
        .initial_password
        .unwrap()
}

async fn replace(test: &TestService, initial: &str, new: &str) -> Result<Tokens, LoginError> {
    let new_password = Some(new.to_owned());
    test.try_login(LoginAttempt {
        new_password,
        ..attempt(EMAIL, initial)
    })
    .await
}

#[tokio::test]
async fn it_is_good_for_nothing_but_its_replacement() {
    let test = TestService::new("");
    let initial = invite(&test).await.password;
    for _ in 0..20 {
        let answer = test.try_login(attempt(EMAIL, &initial)).await;
        assert!(matches!(answer, Err(LoginError::ReplacementRequired)));
    }
    for (new, fault) in [
        ("short", PasswordViolation::TooShort),
        (&initial, PasswordViolation::Unchanged),
    ] {
        let answer = replace(&test, &initial, new).await;
        assert!(matches!(answer, Err(LoginError::WeakPassword(faults)) if faults == [fault]));
    }
    assert!(!test.stores.take_calls().contains(&"sessions.insert"));

    test.events();
    let tokens = replace(&test, &initial, PASSWORD).await.unwrap();
    let kinds: Vec<_> = test.events().into_iter().map(|event| event.0).collect();
    assert_eq!(
        kinds,
        [
            AuditEventKind::PasswordChanged,
            AuditEventKind::LoginSucceeded
        ]
    );
    assert!(test.is_alive(&tokens).await);
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn it_can_be_replaced_once() {
    let test = TestService::new("");
    let initial = invite(&test).await.password;
    replace(&test, &initial, PASSWORD).await.unwrap();
    let again = replace(&test, &initial, "another password altogether").await;
    assert!(matches!(again, Err(LoginError::InvalidCredentials)));
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_replacements_one_succeeds() {
    for _ in 0..10 {
        let test = TestService::new("");
        let initial = invite(&test).await.password;
        let answers = together((0..20).map(|number| {
            let (test, initial) = (test.clone(), initial.clone());
            async move {
                let new = format!("password of attempt {number}");
                let attempt = LoginAttempt {
                    new_password: Some(new.clone()),
                    source: format!("192.0.2.{number}"),
                    ..attempt(EMAIL, &initial)
                };
                (new, test.try_login(attempt).await)
            }
        }))
        .await;
        let mut winners = Vec::new();
        for (new, answer) in answers {
            match answer {
                Ok(_) => winners.push(new),
                Err(error) => assert!(matches!(error, LoginError::InvalidCredentials)),
            }
        }
        assert_eq!(winners.len(), 1);
        test.login(EMAIL, &winners[0]).await;
    }
}

#[tokio::test]
async fn it_expires_at_its_hour_and_not_a_millisecond_sooner() {
    for (waited, is_good) in [
        (72 * HOUR - 1, true),
        (72 * HOUR, false),
        (72 * HOUR + 1, false),
    ] {
        let test = TestService::new("");
        let initial = invite(&test).await;
        test.wait_millis(waited);
        let answer = replace(&test, &initial.password, PASSWORD).await;
        match answer {
            Ok(_) => assert!(is_good),
            Err(error) => {
                assert!(!is_good);
                assert!(matches!(error, LoginError::InitialPasswordExpired));
            }
        }
    }
}

#[tokio::test]
async fn it_is_told_until_when_it_holds() {
    use auth_runtime::Clock;
    let test = TestService::new("password.initial_hours = 5");
    let expires_at = invite(&test).await.expires_at;
    assert_eq!(expires_at, test.clock.now() + 5 * HOUR);
}

#[tokio::test]
async fn no_other_password_is_replaced_at_a_login() {
    let test = TestService::new("");
    test.ada().await;
    let new = "another password altogether";
    test.stores.take_calls();
    let answer = replace(&test, PASSWORD, new).await;
    assert!(matches!(answer, Err(LoginError::NotInitial)));
    let answer = replace(&test, "not the password of anybody", new).await;
    assert!(matches!(answer, Err(LoginError::InvalidCredentials)));
    let calls = test.stores.take_calls();
    assert!(!calls.contains(&"accounts.replace") && !calls.contains(&"sessions.insert"));
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn another_write_to_the_account_is_no_reason_to_refuse_its_replacement() {
    let test = TestService::new("");
    let initial = invite(&test).await.password;
    let other = test.clone();
    test.stores.before("accounts.replace", async move {
        other
            .edit(EMAIL, |account| account.roles.push("user".to_owned()))
            .await;
    });
    let tokens = replace(&test, &initial, PASSWORD).await.unwrap();
    let account = test.who_am_i(&tokens.access_token).await.unwrap();
    assert_eq!(account.roles, ["user"], "the other write is kept");
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn an_account_that_is_disabled_meanwhile_is_not_let_in_by_its_replacement() {
    let test = TestService::new("");
    let initial = invite(&test).await.password;
    let other = test.clone();
    test.stores.before("accounts.replace", async move {
        other
            .edit(EMAIL, |account| account.status = AccountStatus::Disabled)
            .await;
    });
    let answer = replace(&test, &initial, PASSWORD).await;
    assert!(matches!(answer, Err(LoginError::AccountDisabled)));
    assert!(test.stored(EMAIL).await.unwrap().initial_until.is_some());
}
