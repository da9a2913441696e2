//! What guesses on one account lead to in the long run, and who gets in then.

use auth_flows::{EMAIL, PASSWORD, SOURCE, TestService, attempt};
use auth_runtime::{
    AccountStatus, Authority, ChangePasswordError, LoginAttempt, LoginError, Tokens,
};

const WRONG: &str = "not the password of anybody";
const NEW: &str = "a password nobody else has";
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// One of twenty networks of somebody who has many.
fn network(number: u32) -> String {
    format!("2001:db8:0:{:x}::1", number % 20)
}

fn login(source: &str, device: Option<&Tokens>, password: &str) -> LoginAttempt {
    LoginAttempt {
        source: source.to_owned(),
        device_token: device.and_then(|tokens| tokens.device_token.clone()),
        ..attempt(EMAIL, password)
    }
}

/// Whether a login with the right password succeeds; if not, it was throttled.
async fn gets_in(test: &TestService, login: LoginAttempt) -> bool {
    match test.try_login(login).await {
        Ok(_) => true,
        Err(LoginError::Throttled(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// Guesses once a minute from twenty networks, and returns how many guesses were checked.
async fn hammer(test: &TestService, minutes: u64) -> u32 {
    test.hasher.take_work();
    for minute in 0..minutes {
        for number in 0..20 {
            let password = format!("a guess of minute {minute}, number {number}");
            let answer = test
                .try_login(login(&network(number), None, &password))
                .await;
            assert!(answer.is_err());
        }
        test.wait(60);
    }
    test.hasher.take_work().refusals
}

async fn unlock(test: &TestService, id: &str) {
    let unlocked = test.service.unlock_account(&Authority::Operator, id);
    unlocked.await.unwrap().unwrap();
}

#[tokio::test]
async fn twenty_networks_shut_out_no_administrator() {
    let test = TestService::new("");
    let ada = test.account_with(EMAIL, &["admin"]).await;
    let known = test.login(EMAIL, PASSWORD).await;
    assert_eq!(hammer(&test, 9).await, 50);
    assert!(!gets_in(&test, login("203.0.113.1", None, PASSWORD)).await);
    // From where the owner logged in before, with and without a device token, and on the device
    // from anywhere.
    for (source, device) in [
        (SOURCE, None),
        (SOURCE, Some(&known)),
        ("203.0.113.1", Some(&known)),
    ] {
        let test = TestService::new("");
        test.account_with(EMAIL, &["admin"]).await;
        let known = match device {
            Some(_) => Some(test.login(EMAIL, PASSWORD).await),
            None => {
                test.login(EMAIL, PASSWORD).await;
                None
            }
        };
        hammer(&test, 9).await;
        assert!(gets_in(&test, login(source, known.as_ref(), PASSWORD)).await);
    }
    // The operator lets in a client that is not known.
    unlock(&test, &ada.id).await;
    assert!(gets_in(&test, login("203.0.113.1", None, PASSWORD)).await);
}

#[tokio::test]
async fn strangers_get_fewer_than_a_hundred_guesses_in_a_month_of_attack() {
    let test = TestService::new("");
    test.ada().await;
    test.hasher.take_work();
    let mut checked = 0;
    for hour in 0..30 * 24 {
        // The quick guesses come in the first hour; then one try in each hour meets every wait.
        let minutes = if hour == 0 { 60 } else { 1 };
        checked += hammer(&test, minutes).await;
        test.wait(HOUR - minutes * 60);
    }
    assert!((80..100).contains(&checked), "{checked}");
    // After the attack a stranger waits for a day at most.
    test.wait(DAY);
    assert!(gets_in(&test, login("203.0.113.1", None, PASSWORD)).await);
}

#[tokio::test]
async fn all_ways_together_allow_a_hundred_guesses_at_the_usual_pace() {
    let test = TestService::new("");
    test.ada().await;
    let mut devices = Vec::new();
    for _ in 0..14 {
        devices.push(test.login(EMAIL, PASSWORD).await);
    }
    test.hasher.take_work();
    for _ in 0..40 {
        for device in &devices {
            for source in ["203.0.113.1", SOURCE] {
                let answer = test.try_login(login(source, Some(device), WRONG)).await;
                assert!(answer.is_err());
            }
        }
        hammer_from_strangers(&test).await;
        test.wait(61);
    }
    let checked = test.hasher.take_work().refusals;
    // Three waits of an hour have not passed.
    assert_eq!(checked, 100);
}

async fn hammer_from_strangers(test: &TestService) {
    for number in 0..20 {
        let answer = test.try_login(login(&network(number), None, WRONG)).await;
        assert!(answer.is_err());
    }
}

#[tokio::test]
async fn a_device_token_dies_with_what_ends_all_sessions_and_not_with_an_unlock() {
    #[derive(Clone, Copy, Debug)]
    enum Act {
        Change,
        Disable,
        EndSessions,
        Grant,
        Nothing,
        Unlock,
    }
    for (act, survives) in [
        (Act::Nothing, true),
        (Act::Unlock, true),
        (Act::Grant, true),
        (Act::Change, false),
        (Act::EndSessions, false),
        (Act::Disable, false),
    ] {
        let test = TestService::new("");
        let ada = test.ada().await;
        let known = test.login(EMAIL, PASSWORD).await;
        let (service, operator) = (&test.service, Authority::Operator);
        let mut password = PASSWORD;
        match act {
            Act::Nothing => {}
            Act::Unlock => unlock(&test, &ada.id).await,
            Act::Grant => drop(
                service
                    .grant_role(&operator, &ada.id, "user", false)
                    .await
                    .unwrap(),
            ),
            Act::Change => {
                password = NEW;
                test.change_password(&known, PASSWORD, NEW).await.unwrap();
            }
            Act::EndSessions => drop(service.end_sessions(&operator, &ada.id).await.unwrap()),
            Act::Disable => {
                test.set_status(&ada.id, AccountStatus::Disabled).await;
                test.set_status(&ada.id, AccountStatus::Active).await;
            }
        }
        hammer(&test, 9).await;
        let on_device = login("203.0.113.1", Some(&known), password);
        assert_eq!(gets_in(&test, on_device.clone()).await, survives, "{act:?}");
        // What has died is not revived by an unlock.
        unlock(&test, &ada.id).await;
        hammer(&test, 9).await;
        assert_eq!(gets_in(&test, on_device).await, survives, "{act:?}");
    }
}

#[tokio::test]
async fn the_device_on_which_the_password_was_changed_gets_a_new_token() {
    let test = TestService::new("");
    test.ada().await;
    let known = test.login(EMAIL, PASSWORD).await;
    let token = known.device_token.clone().unwrap();
    let successor = change_on(&test, &known, &token).await.expect("a successor");
    assert_ne!(successor, token);
    let on_device = |token: &str| LoginAttempt {
        device_token: Some(token.to_owned()),
        ..login("203.0.113.1", None, NEW)
    };
    hammer(&test, 9).await;
    assert!(!gets_in(&test, on_device(&token)).await);
    // The source of the change is known as well.
    assert!(gets_in(&test, login("203.0.113.9", None, NEW)).await);
    hammer(&test, 9).await;
    assert!(gets_in(&test, on_device(&successor)).await);
}

#[tokio::test]
async fn a_device_token_that_is_not_the_accounts_own_has_no_successor() {
    let test = TestService::new("");
    test.ada().await;
    test.account_with("eve@example.org", &[]).await;
    let of_another = test
        .login("eve@example.org", PASSWORD)
        .await
        .device_token
        .unwrap();
    let ended = test.login(EMAIL, PASSWORD).await;
    test.change_password(&ended, PASSWORD, NEW).await.unwrap();
    let ended = ended.device_token.unwrap();
    for token in [of_another, ended, "nonsense".to_owned()] {
        let known = test.login(EMAIL, NEW).await;
        test.change_password(&known, NEW, PASSWORD).await.unwrap();
        assert_eq!(change_on(&test, &known, &token).await, None);
    }
}

/// Changes the password to [`NEW`], and returns the successor of the device token.
async fn change_on(test: &TestService, session: &Tokens, device_token: &str) -> Option<String> {
    let token = &session.access_token;
    let change =
        test.service
            .change_password(token, PASSWORD, NEW, "203.0.113.9", Some(device_token));
    change.await.unwrap().unwrap()
}

#[tokio::test]
async fn counters_do_not_come_back_with_an_account_that_is_made_anew() {
    let test = TestService::new("throttle.account_cap = 10");
    let first = test.ada().await;
    hammer(&test, 9).await;
    assert!(!gets_in(&test, login("203.0.113.1", None, PASSWORD)).await);
    unlock(&test, &first.id).await;
    assert!(gets_in(&test, login("203.0.113.1", None, PASSWORD)).await);
    hammer(&test, 9).await;
    let removed = test.service.remove_account(&Authority::Operator, &first.id);
    removed.await.unwrap().unwrap();
    // Guesses at an address without an account leave nothing to a later one either.
    hammer(&test, 9).await;
    test.ada().await;
    assert!(gets_in(&test, login("203.0.113.2", None, PASSWORD)).await);
}

#[tokio::test]
async fn the_owner_changes_the_password_in_a_live_session_while_others_hammer() {
    let test = TestService::new("");
    test.ada().await;
    let session = test.login(EMAIL, PASSWORD).await;
    let change = async |current: &str| {
        let token = &session.access_token;
        let change = test
            .service
            .change_password(token, current, NEW, "203.0.113.9", None);
        change.await.unwrap().map(drop)
    };
    hammer(&test, 4).await;
    let throttled = change(PASSWORD).await;
    assert!(matches!(throttled, Err(ChangePasswordError::Throttled(_))));
    // The session has become five minutes old.
    hammer(&test, 1).await;
    for _ in 0..10 {
        assert_eq!(change(WRONG).await, Err(ChangePasswordError::WrongPassword));
    }
    let throttled = change(PASSWORD).await;
    assert!(matches!(throttled, Err(ChangePasswordError::Throttled(_))));
    test.wait(61);
    assert_eq!(change(PASSWORD).await, Ok(()));
}

#[tokio::test]
async fn whoever_uses_up_one_way_leaves_the_others_open() {
    for by_device in [true, false] {
        let test = TestService::new("");
        test.ada().await;
        let stolen = test.login(EMAIL, PASSWORD).await;
        let own = test.login(EMAIL, PASSWORD).await;
        let device = by_device.then_some(&stolen);
        // Somebody with a stolen device token, or somebody in the network of the owner.
        for _ in 0..200 {
            let answer = test.try_login(login(SOURCE, device, WRONG)).await;
            assert!(answer.is_err());
            test.wait(30);
        }
        assert!(!gets_in(&test, login(SOURCE, device, PASSWORD)).await);
        assert!(gets_in(&test, login("203.0.113.1", Some(&own), PASSWORD)).await);
    }
}
