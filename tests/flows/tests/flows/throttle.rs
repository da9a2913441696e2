use auth_flows::{EMAIL, PASSWORD, SOURCE, TestService, attempt};
use auth_runtime::{
    AuditEventKind, Authority, ChangePasswordError, LoginAttempt, LoginError, Tokens,
};

const WRONG: &str = "not the password of anybody";

fn here(_: u32) -> String {
    SOURCE.to_owned()
}

fn everywhere(number: u32) -> String {
    format!("198.51.{}.{}", number / 256, number % 256)
}

fn is_wrong(answer: &LoginError) -> bool {
    matches!(answer, LoginError::InvalidCredentials)
}

/// The seconds to wait that a throttled login names.
fn seconds(answer: Result<Tokens, LoginError>) -> u32 {
    match answer {
        Err(LoginError::Throttled(seconds)) => seconds,
        Err(error) => panic!("not throttled: {error:?}"),
        Ok(_) => panic!("let in"),
    }
}

/// A login from a source that is new to the account.
fn from_afar(password: &str) -> LoginAttempt {
    LoginAttempt {
        source: "203.0.113.250".to_owned(),
        ..attempt(EMAIL, password)
    }
}

fn on_device(tokens: &Tokens, password: &str) -> LoginAttempt {
    LoginAttempt {
        device_token: tokens.device_token.clone(),
        source: "203.0.113.1".to_owned(),
        ..attempt(EMAIL, password)
    }
}

#[tokio::test]
async fn the_failure_at_the_limit_blocks_and_the_answer_says_for_how_long() {
    let test = TestService::new("");
    let ada = test.ada().await;
    assert!(test.guess(EMAIL, 0..5, here).await.iter().all(is_wrong));
    let mut expected = vec![(AuditEventKind::AccountCreated, Some(ada.id.clone()))];
    expected.extend(vec![(AuditEventKind::LoginFailed, Some(ada.id.clone())); 5]);
    expected.push((AuditEventKind::LoginThrottled, Some(ada.id)));
    assert_eq!(test.events(), expected);
    test.hasher.take_work();

    assert_eq!(seconds(test.try_login(attempt(EMAIL, PASSWORD)).await), 60);
    assert_eq!(test.hasher.take_work().verifications, 0);
    assert_eq!(test.events(), [], "the block itself is the event");
    // A login from another source is still checked.
    let elsewhere = LoginAttempt {
        source: everywhere(1),
        ..attempt(EMAIL, WRONG)
    };
    assert!(is_wrong(&test.try_login(elsewhere).await.unwrap_err()));

    test.wait_millis(59_999);
    assert_eq!(seconds(test.try_login(attempt(EMAIL, PASSWORD)).await), 1);
    test.wait_millis(1);
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn a_blocked_attempt_prolongs_nothing_and_writes_nothing() {
    let test = TestService::new("");
    test.ada().await;
    test.guess(EMAIL, 0..5, here).await;
    test.stores.take_calls();
    for waited in 0..59 {
        let answer = test.try_login(attempt(EMAIL, WRONG)).await;
        assert_eq!(seconds(answer), 60 - waited);
        test.wait(1);
    }
    assert!(!test.stores.take_calls().contains(&"throttle.put"));
    test.wait(1);
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn each_block_lasts_twice_as_long_up_to_the_longest() {
    let test = TestService::new("throttle.account_and_source.max_block_seconds = 200");
    test.ada().await;
    for block in [60, 120, 200, 200] {
        assert!(test.guess(EMAIL, 0..5, here).await.iter().all(is_wrong));
        assert_eq!(seconds(test.try_login(attempt(EMAIL, WRONG)).await), block);
        test.wait(u64::from(block));
    }
    test.login(EMAIL, PASSWORD).await;
    test.guess(EMAIL, 0..5, here).await;
    assert_eq!(seconds(test.try_login(attempt(EMAIL, WRONG)).await), 60);
}

#[tokio::test]
async fn a_success_clears_the_count() {
    let test = TestService::new("");
    test.ada().await;
    for _ in 0..20 {
        assert!(test.guess(EMAIL, 0..4, here).await.iter().all(is_wrong));
        test.login(EMAIL, PASSWORD).await;
    }
}

#[tokio::test]
async fn failures_are_added_up_within_a_window_only() {
    let test = TestService::new("");
    test.ada().await;
    for _ in 0..12 {
        assert!(test.guess(EMAIL, 0..4, here).await.iter().all(is_wrong));
        test.wait(900);
    }
}

#[tokio::test]
async fn a_full_queue_costs_nobody_a_try() {
    let test = TestService::new("");
    test.ada().await;
    test.stores.take_calls();
    test.hasher.set_full(true);
    for _ in 0..50 {
        let answer = test.try_login(attempt(EMAIL, PASSWORD)).await;
        assert!(matches!(answer, Err(LoginError::Busy)));
    }
    // Who asks is looked up, and nothing is read or written that counts.
    assert_eq!(test.stores.take_calls(), ["accounts.find-by-email"; 50]);
    test.hasher.set_full(false);
    assert!(test.guess(EMAIL, 0..4, here).await.iter().all(is_wrong));
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn the_limit_holds_over_two_processes() {
    let test = TestService::new("");
    let second = test.second_process();
    test.ada().await;
    assert!(test.guess(EMAIL, 0..3, here).await.iter().all(is_wrong));
    assert!(second.guess(EMAIL, 3..5, here).await.iter().all(is_wrong));
    for process in [test, second] {
        assert_eq!(
            seconds(process.try_login(attempt(EMAIL, PASSWORD)).await),
            60
        );
    }
}

#[tokio::test]
async fn an_unknown_account_is_throttled_like_a_known_one() {
    let test = TestService::new("throttle.account.failures = 12");
    test.ada().await;
    let mut answers = Vec::new();
    for email in [EMAIL, "unknown@example.org", "not an address"] {
        let mut told = test
            .guess(email, 0..7, |_| format!("2001:db8::{}", email.len()))
            .await;
        told.extend(test.guess(email, 0..10, everywhere).await);
        answers.push(format!("{told:?}"));
        test.wait(86_400);
    }
    assert!(answers[0].contains("Throttled(60)"));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn the_addresses_of_one_network_are_one_source() {
    let test = TestService::new("");
    test.ada().await;
    let neighbours = |number: u32| format!("2001:db8:1:2::{number}");
    assert!(
        test.guess(EMAIL, 0..5, neighbours)
            .await
            .iter()
            .all(is_wrong)
    );
    let neighbour = LoginAttempt {
        source: neighbours(99),
        ..attempt(EMAIL, PASSWORD)
    };
    assert_eq!(seconds(test.try_login(neighbour).await), 60);
}

#[tokio::test]
async fn a_known_device_gets_in_while_others_hammer_the_account() {
    let test = TestService::new("");
    test.ada().await;
    let known = test.login(EMAIL, PASSWORD).await;
    let told = test.guess(EMAIL, 0..150, everywhere).await;
    assert!(told[..30].iter().all(is_wrong) && !told[30..].iter().any(is_wrong));
    assert_eq!(seconds(test.try_login(from_afar(PASSWORD)).await), 60);

    let again = test.try_login(on_device(&known, PASSWORD)).await.unwrap();
    assert!(test.is_alive(&again).await);
    // The login also unblocked the owner's other devices.
    test.try_login(from_afar(PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn a_known_device_has_a_limit_of_its_own_and_is_a_stranger_beyond_it() {
    let test = TestService::new("");
    test.ada().await;
    let known = test.login(EMAIL, PASSWORD).await;
    for _ in 0..15 {
        let answer = test.try_login(on_device(&known, WRONG)).await;
        assert!(is_wrong(&answer.unwrap_err()));
    }
    assert_eq!(
        seconds(test.try_login(on_device(&known, PASSWORD)).await),
        60
    );
    test.try_login(from_afar(PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn a_device_token_that_is_not_the_accounts_own_is_as_none() {
    let test = TestService::new("");
    test.ada().await;
    let known = test.login(EMAIL, PASSWORD).await;
    test.account_with("eve@example.org", &[]).await;
    let of_another = test.login("eve@example.org", PASSWORD).await;
    let mut forged = known.clone();
    forged.device_token = known
        .device_token
        .as_ref()
        .map(|token| token.replace("csd_", "csr_"));
    test.guess(EMAIL, 0..30, everywhere).await;
    for tokens in [of_another, forged] {
        assert_eq!(
            seconds(test.try_login(on_device(&tokens, PASSWORD)).await),
            60
        );
    }
    test.try_login(on_device(&known, PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn a_device_is_forgotten_after_its_days() {
    for (waited, is_known) in [(86_400_000 - 1, true), (86_400_000, false)] {
        let test = TestService::new("session.device_days = 1");
        test.ada().await;
        let known = test.login(EMAIL, PASSWORD).await;
        test.wait_millis(waited);
        test.guess(EMAIL, 0..30, everywhere).await;
        assert_eq!(
            test.try_login(on_device(&known, PASSWORD)).await.is_ok(),
            is_known
        );
    }
}

#[tokio::test]
async fn an_unlock_lets_the_owner_in_at_once() {
    let test = TestService::new("");
    let ada = test.ada().await;
    test.guess(EMAIL, 0..5, here).await;
    test.guess(EMAIL, 5..40, everywhere).await;
    test.events();
    test.service
        .unlock_account(&Authority::Operator, &ada.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        test.events(),
        [(AuditEventKind::AccountUnlocked, Some(ada.id))]
    );
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn a_wrong_current_password_counts_like_a_failed_login() {
    let test = TestService::new("");
    test.ada().await;
    let tokens = test.login(EMAIL, PASSWORD).await;
    let new = "a password nobody else has";
    for _ in 0..5 {
        let change = test.change_password(&tokens, WRONG, new);
        assert_eq!(change.await, Err(ChangePasswordError::WrongPassword));
    }
    let change = test.change_password(&tokens, PASSWORD, new);
    assert_eq!(change.await, Err(ChangePasswordError::Throttled(60)));
    assert_eq!(seconds(test.try_login(attempt(EMAIL, PASSWORD)).await), 60);
}

#[tokio::test]
async fn an_account_of_ones_own_does_not_launder_the_source() {
    let test = TestService::new("throttle.source.failures = 10");
    test.account_with("eve@example.org", &[]).await;
    for number in 0..9 {
        let victim = format!("victim-{number}@example.org");
        assert!(test.guess(&victim, 0..1, here).await.iter().all(is_wrong));
        test.login("eve@example.org", PASSWORD).await;
    }
    assert!(
        test.guess("victim-9@example.org", 0..1, here)
            .await
            .iter()
            .all(is_wrong)
    );
    assert_eq!(
        seconds(test.try_login(attempt("eve@example.org", PASSWORD)).await),
        60
    );
    assert_eq!(
        seconds(
            test.try_login(attempt("victim-10@example.org", WRONG))
                .await
        ),
        60
    );
}
