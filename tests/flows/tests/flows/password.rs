use auth_flows::{EMAIL, PASSWORD, TestService, attempt, together};
use auth_runtime::{
    AccountStatus, AuditEventKind, Authority, ChangePasswordError, LoginError, PasswordViolation,
    TokenError, Tokens,
};

const NEW: &str = "a password nobody else has";
const WRONG: &str = "not the password of anybody";

async fn change(
    test: &TestService,
    tokens: &Tokens,
    current: &str,
    new: &str,
) -> Result<(), ChangePasswordError> {
    test.change_password(tokens, current, new).await
}

async fn is_password(test: &TestService, password: &str) -> bool {
    match test.try_login(attempt(EMAIL, password)).await {
        Ok(_) => true,
        Err(error) => {
            assert!(matches!(error, LoginError::InvalidCredentials));
            false
        }
    }
}

#[tokio::test]
async fn a_change_ends_every_session_but_its_own() {
    let test = TestService::new("");
    let ada = test.ada().await;
    let own = test.login(EMAIL, PASSWORD).await;
    let others = [
        test.login(EMAIL, PASSWORD).await,
        test.login(EMAIL, PASSWORD).await,
    ];
    test.events();
    test.hasher.take_work();
    assert_eq!(change(&test, &own, PASSWORD, NEW).await, Ok(()));

    let work = test.hasher.take_work();
    assert_eq!((work.hashes, work.verifications), (1, 1));
    assert_eq!(
        test.events(),
        [(AuditEventKind::PasswordChanged, Some(ada.id))]
    );
    for tokens in others {
        assert!(!test.is_alive(&tokens).await);
    }
    assert!(test.is_alive(&own).await);
    assert!(!is_password(&test, PASSWORD).await);
    assert!(is_password(&test, NEW).await);
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let test = TestService::new("");
    test.ada().await;
    let own = test.login(EMAIL, PASSWORD).await;
    let version = test.stored(EMAIL).await.unwrap().version;
    let weak = |fault| Err(ChangePasswordError::WeakPassword(vec![fault]));
    for (current, new, answer) in [
        (PASSWORD, "short", weak(PasswordViolation::TooShort)),
        (
            PASSWORD,
            "countersign-2024",
            weak(PasswordViolation::Guessable),
        ),
        (PASSWORD, PASSWORD, weak(PasswordViolation::Unchanged)),
        (WRONG, NEW, Err(ChangePasswordError::WrongPassword)),
        ("", NEW, Err(ChangePasswordError::WrongPassword)),
    ] {
        assert_eq!(
            change(&test, &own, current, new).await,
            answer,
            "{current} {new}"
        );
    }
    test.hasher.set_full(true);
    assert_eq!(
        change(&test, &own, PASSWORD, NEW).await,
        Err(ChangePasswordError::Busy)
    );
    test.hasher.set_full(false);
    assert_eq!(test.stored(EMAIL).await.unwrap().version, version);
    assert!(test.is_alive(&own).await);

    test.logout(&own.access_token).await.unwrap();
    let revoked = Err(ChangePasswordError::Token(TokenError::Revoked));
    assert_eq!(change(&test, &own, PASSWORD, NEW).await, revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_one_succeeds() {
    for _ in 0..20 {
        let test = TestService::new("");
        test.ada().await;
        let own = test.login(EMAIL, PASSWORD).await;
        let answers = together((0..5).map(|number| {
            let (test, own) = (test.clone(), own.clone());
            async move {
                let new = format!("{NEW}, number {number}");
                change(&test, &own, PASSWORD, &new).await.map(|()| new)
            }
        }))
        .await;
        let changed: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(changed.len(), 1);
        assert!(test.is_alive(&own).await);
        test.wait(3_600);
        assert!(is_password(&test, &changed[0]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_races_a_change_survives_in_its_session_and_in_no_other() {
    let test = TestService::new("");
    test.ada().await;
    let mut password = PASSWORD.to_owned();
    for round in 0..200 {
        let own = test.login(EMAIL, &password).await;
        let other = test.login(EMAIL, &password).await;
        let new = format!("{NEW}, number {round}");
        let refreshing = |tokens: &Tokens| {
            let (test, token) = (test.clone(), tokens.refresh_token.clone());
            tokio::spawn(async move { test.refresh(&token).await })
        };
        let (refreshed_own, refreshed_other) = (refreshing(&own), refreshing(&other));
        assert_eq!(
            change(&test, &own, &password, &new).await,
            Ok(()),
            "round {round}"
        );
        password = new;
        let own = refreshed_own.await.unwrap().unwrap_or_else(|error| {
            panic!("round {round}: the own session was refused: {error:?}")
        });
        let other = refreshed_other.await.unwrap().unwrap_or(other);
        assert!(test.is_alive(&own).await, "round {round}");
        assert!(!test.is_alive(&other).await, "round {round}");
    }
}

#[tokio::test]
async fn a_change_is_one_write() {
    let test = TestService::new("");
    test.ada().await;
    let own = test.login(EMAIL, PASSWORD).await;
    test.stores.take_calls();
    assert_eq!(change(&test, &own, PASSWORD, NEW).await, Ok(()));
    let mut writes = test.stores.take_calls();
    writes.retain(|call| !call.contains("find"));
    // The second write is no part of the change: it keeps the source known.
    assert_eq!(writes, ["accounts.replace", "throttle.put"]);
}

#[tokio::test]
async fn a_session_that_survived_a_change_ends_with_the_next_one_of_another() {
    let test = TestService::new("");
    let ada = test.ada().await;
    let first = test.login(EMAIL, PASSWORD).await;
    assert_eq!(change(&test, &first, PASSWORD, NEW).await, Ok(()));
    assert_eq!(change(&test, &first, NEW, PASSWORD).await, Ok(()));
    let second = test.login(EMAIL, PASSWORD).await;
    assert!(test.is_alive(&second).await);
    let first = test.refresh(&first.refresh_token).await.unwrap();
    assert!(test.is_alive(&first).await);

    assert_eq!(change(&test, &second, PASSWORD, NEW).await, Ok(()));
    assert!(!test.is_alive(&first).await);
    test.service
        .end_sessions(&Authority::Operator, &ada.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!test.is_alive(&second).await);
}

#[tokio::test]
async fn sessions_ended_during_a_change_stay_ended() {
    for is_disabled in [false, true] {
        let test = TestService::new("");
        let ada = test.ada().await;
        let own = test.login(EMAIL, PASSWORD).await;
        let other = test.clone();
        test.stores.before("accounts.replace", async move {
            let ended = other
                .service
                .end_sessions(&Authority::Operator, &ada.id)
                .await;
            ended.unwrap().unwrap();
            if is_disabled {
                other.set_status(&ada.id, AccountStatus::Disabled).await;
            }
        });
        let revoked = Err(ChangePasswordError::Token(TokenError::Revoked));
        assert_eq!(change(&test, &own, PASSWORD, NEW).await, revoked);
        assert!(!test.is_alive(&own).await);
    }
}

#[tokio::test]
async fn a_role_granted_during_a_change_is_kept() {
    let test = TestService::new("");
    let ada = test.ada().await;
    let own = test.login(EMAIL, PASSWORD).await;
    let other = test.clone();
    test.stores.before("accounts.replace", async move {
        let granted = other
            .service
            .grant_role(&Authority::Operator, &ada.id, "user", false)
            .await;
        granted.unwrap().unwrap();
    });
    assert_eq!(change(&test, &own, PASSWORD, NEW).await, Ok(()));
    assert_eq!(test.stored(EMAIL).await.unwrap().roles, ["user"]);
    assert!(test.is_alive(&own).await);
}

#[tokio::test]
async fn a_logout_during_a_change_stays() {
    let test = TestService::new("");
    test.ada().await;
    let own = test.login(EMAIL, PASSWORD).await;
    let (other, token) = (test.clone(), own.refresh_token.clone());
    test.stores.before("accounts.replace", async move {
        other.logout_by_refresh(&token).await.unwrap();
    });
    assert_eq!(change(&test, &own, PASSWORD, NEW).await, Ok(()));
    assert!(!test.is_alive(&own).await);
}
