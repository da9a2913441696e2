//! Parallel guesses of passwords.

use auth_flows::{EMAIL, PASSWORD, SOURCE, TestService, attempt, together};
use auth_runtime::{LoginAttempt, LoginError, Tokens};

/// Makes fifty parallel login attempts over two processes.
async fn at_once(
    test: &TestService,
    shape: impl Fn(u32) -> LoginAttempt,
) -> Vec<(u32, Result<Tokens, LoginError>)> {
    let second = test.second_process();
    together((0..50).map(|number| {
        let test = if number % 2 == 0 {
            test.clone()
        } else {
            second.clone()
        };
        let attempt = shape(number);
        async move { (number, test.try_login(attempt).await) }
    }))
    .await
}

/// Makes fifty parallel wrong guesses, and returns how many were answered as wrong.
async fn storm(test: &TestService, shape: impl Fn(u32) -> LoginAttempt) -> usize {
    let answers = at_once(test, shape).await;
    let count = |is: fn(&LoginError) -> bool| {
        answers
            .iter()
            .filter(|(_, answer)| answer.as_ref().is_err_and(is))
            .count()
    };
    let wrong = count(|error| matches!(error, LoginError::InvalidCredentials));
    let throttled = count(|error| matches!(error, LoginError::Throttled(_)));
    assert_eq!(wrong + throttled, 50);
    wrong
}

fn wrong(number: u32, source: String) -> LoginAttempt {
    LoginAttempt {
        source,
        ..attempt(EMAIL, &format!("a wrong guess, number {number}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_cannot_outrun_the_limit() {
    for _ in 0..10 {
        let test = TestService::new("");
        test.ada().await;
        let known = test.login(EMAIL, PASSWORD).await;
        let from_one = |number| wrong(number, SOURCE.to_owned());
        assert_eq!(storm(&test, from_one).await, 5);

        test.wait(86_400);
        let from_all = |number: u32| wrong(number, format!("198.51.100.{number}"));
        assert!((1..=30).contains(&storm(&test, from_all).await));

        let from_device = |number| LoginAttempt {
            device_token: known.device_token.clone(),
            ..wrong(number, SOURCE.to_owned())
        };
        // Beyond its own limit the device has that of its source.
        assert!((10..=15).contains(&storm(&test, from_device).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_at_nobody_cannot_outrun_the_limit() {
    let test = TestService::new("");
    assert_eq!(
        storm(&test, |number| wrong(number, SOURCE.to_owned())).await,
        5
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_at_many_accounts_cannot_outrun_the_limit_of_their_source() {
    let test = TestService::new("throttle.source.failures = 20");
    let at_many = |number| LoginAttempt {
        email: format!("victim-{number}@example.org"),
        ..wrong(number, SOURCE.to_owned())
    };
    assert_eq!(storm(&test, at_many).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_among_wrong_ones_leaves_a_count_that_holds() {
    for right in [20, 49].repeat(10) {
        let test = TestService::new("");
        test.ada().await;
        let (told, is_in) = storm_with_the_right_one(&test, right).await;
        // A successful login clears the count once: at most the limit before it, and the limit
        // after it.
        let limit = if is_in { 10 } else { 5 };
        assert!(told <= limit, "{told}");
    }
}

#[tokio::test]
async fn what_a_guess_was_is_told_to_nobody_once_others_reached_the_limit() {
    for password in [PASSWORD, "a wrong guess of somebody else"] {
        let test = TestService::new("");
        test.ada().await;
        let (outer, inner) = (test.clone(), test.clone());
        let others = async move {
            for number in 0..5 {
                let answer = inner.try_login(wrong(number, SOURCE.to_owned())).await;
                assert!(matches!(answer, Err(LoginError::InvalidCredentials)));
            }
        };
        // The first read of the counters admits the guess; the second read follows its hash.
        test.stores.before("throttle.find", async move {
            outer.stores.before("throttle.find", others);
        });
        test.stores.take_calls();
        test.hasher.take_work();
        let answer = test.try_login(attempt(EMAIL, password)).await;
        assert!(
            matches!(answer, Err(LoginError::Throttled(60))),
            "{answer:?}"
        );
        assert_eq!(test.hasher.take_work().verifications, 6);
        let calls = test.stores.take_calls();
        assert!(!calls.contains(&"sessions.insert") && !calls.contains(&"throttle.remove"));
    }
}

/// Makes fifty parallel guesses of which one is right. Returns how many were answered as wrong, and
/// whether the right one was accepted.
async fn storm_with_the_right_one(test: &TestService, right: u32) -> (usize, bool) {
    let answers = at_once(test, |number| {
        let mut attempt = wrong(number, SOURCE.to_owned());
        if number == right {
            attempt.password = PASSWORD.to_owned();
        }
        attempt
    })
    .await;
    let told = answers
        .iter()
        .filter(|(_, answer)| matches!(answer, Err(LoginError::InvalidCredentials)))
        .count();
    (told, answers.iter().any(|(_, answer)| answer.is_ok()))
}

#[tokio::test(flavor = "multi_thread")]
async fn right_passwords_at_once_are_in_nobodys_way() {
    let test =
        TestService::new("throttle.source.failures = 1\nthrottle.account_and_source.failures = 1");
    let mut emails = vec![EMAIL.to_owned()];
    emails.extend((1..50).map(|number| format!("user-{number}@example.org")));
    for email in &emails {
        test.account_with(email, &[]).await;
    }
    let of_one = |_| attempt(EMAIL, PASSWORD);
    let of_each = |number: u32| attempt(&emails[number as usize], PASSWORD);
    // The first logins make the source known to each account.
    at_once(&test, of_each).await;
    test.stores.take_calls();
    let mut answers = at_once(&test, of_one).await;
    answers.extend(at_once(&test, of_each).await);
    assert!(answers.iter().all(|(_, answer)| answer.is_ok()));
    let calls = test.stores.take_calls();
    assert!(!calls.contains(&"throttle.put") && !calls.contains(&"throttle.remove"));
}
