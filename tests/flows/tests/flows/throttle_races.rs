//! Guesses at the same time.

use auth_flows::{EMAIL, House, PASSWORD, SOURCE, attempt, together};
use auth_runtime::{LoginAttempt, LoginError};

/// Fifty guesses at once over two processes. Gives how many of them were looked at.
async fn storm(house: &House, shape: impl Fn(u32) -> LoginAttempt) -> u32 {
    house.hasher.take_work();
    let second = house.second_process();
    let answers = together((0..50).map(|number| {
        let house = if number % 2 == 0 {
            house.clone()
        } else {
            second.clone()
        };
        let attempt = shape(number);
        async move { house.try_login(attempt).await }
    }))
    .await;
    let wrong = answers
        .iter()
        .filter(|answer| matches!(answer, Err(LoginError::InvalidCredentials)))
        .count();
    let throttled = answers
        .iter()
        .filter(|answer| matches!(answer, Err(LoginError::Throttled(_))))
        .count();
    let looked_at = house.hasher.take_work().refusals;
    assert_eq!((wrong, wrong + throttled), (looked_at as usize, 50));
    looked_at
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
        let house = House::new("");
        house.ada().await;
        let known = house.login(EMAIL, PASSWORD).await;
        let from_one = |number| wrong(number, SOURCE.to_owned());
        assert_eq!(storm(&house, from_one).await, 5);

        house.wait(86_400);
        let from_all = |number: u32| wrong(number, format!("198.51.100.{number}"));
        assert!((1..=30).contains(&storm(&house, from_all).await));

        let from_device = |number| LoginAttempt {
            device_token: known.device_token.clone(),
            ..wrong(number, SOURCE.to_owned())
        };
        assert_eq!(storm(&house, from_device).await, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_at_nobody_cannot_outrun_the_limit() {
    let house = House::new("");
    assert_eq!(
        storm(&house, |number| wrong(number, SOURCE.to_owned())).await,
        5
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_at_many_accounts_cannot_outrun_the_limit_of_their_source() {
    let house = House::new("throttle.source.failures = 20");
    let at_many = |number| LoginAttempt {
        email: format!("victim-{number}@example.org"),
        ..wrong(number, SOURCE.to_owned())
    };
    assert_eq!(storm(&house, at_many).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_among_wrong_ones_leaves_a_count_that_holds() {
    for _ in 0..10 {
        let house = House::new("");
        house.ada().await;
        let looked_at = {
            house.hasher.take_work();
            together((0..40).map(|number| {
                let house = house.clone();
                async move {
                    let mut attempt = wrong(number, SOURCE.to_owned());
                    if number == 20 {
                        attempt.password = PASSWORD.to_owned();
                    }
                    drop(house.try_login(attempt).await);
                }
            }))
            .await;
            house.hasher.take_work().refusals
        };
        // One success clears once: at most the limit before it, and the limit after it.
        assert!(looked_at <= 10, "{looked_at}");
    }
}
