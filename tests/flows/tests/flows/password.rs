use auth_flows::{EMAIL, House, PASSWORD, SOURCE, attempt, together};
use auth_runtime::{
    AccountStatus, AuditEventKind, Authority, ChangePasswordError, LoginError, PasswordFault,
    TokenError, Tokens,
};

const NEW: &str = "a password nobody else has";
const WRONG: &str = "not the password of anybody";

async fn change(
    house: &House,
    tokens: &Tokens,
    current: &str,
    new: &str,
) -> Result<(), ChangePasswordError> {
    house
        .service
        .change_password(&tokens.access_token, current, new, SOURCE)
        .await
        .unwrap()
}

async fn is_password(house: &House, password: &str) -> bool {
    match house.try_login(attempt(EMAIL, password)).await {
        Ok(_) => true,
        Err(error) => {
            assert!(matches!(error, LoginError::InvalidCredentials));
            false
        }
    }
}

#[tokio::test]
async fn a_change_ends_every_session_but_its_own() {
    let house = House::new("");
    let ada = house.ada().await;
    let own = house.login(EMAIL, PASSWORD).await;
    let others = [
        house.login(EMAIL, PASSWORD).await,
        house.login(EMAIL, PASSWORD).await,
    ];
    house.events();
    house.hasher.take_work();
    assert_eq!(change(&house, &own, PASSWORD, NEW).await, Ok(()));

    let work = house.hasher.take_work();
    assert_eq!((work.hashes, work.verifications), (1, 1));
    assert_eq!(
        house.events(),
        [(AuditEventKind::PasswordChanged, Some(ada.id))]
    );
    for tokens in others {
        assert!(!house.is_alive(&tokens).await);
    }
    assert!(house.is_alive(&own).await);
    assert!(!is_password(&house, PASSWORD).await);
    assert!(is_password(&house, NEW).await);
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let house = House::new("");
    house.ada().await;
    let own = house.login(EMAIL, PASSWORD).await;
    let version = house.stored(EMAIL).await.unwrap().version;
    let weak = |fault| Err(ChangePasswordError::WeakPassword(vec![fault]));
    for (current, new, answer) in [
        (PASSWORD, "short", weak(PasswordFault::TooShort)),
        (PASSWORD, "countersign-2024", weak(PasswordFault::Guessable)),
        (PASSWORD, PASSWORD, weak(PasswordFault::Unchanged)),
        (WRONG, NEW, Err(ChangePasswordError::WrongPassword)),
        ("", NEW, Err(ChangePasswordError::WrongPassword)),
    ] {
        assert_eq!(
            change(&house, &own, current, new).await,
            answer,
            "{current} {new}"
        );
    }
    house.hasher.set_full(true);
    assert_eq!(
        change(&house, &own, PASSWORD, NEW).await,
        Err(ChangePasswordError::Busy)
    );
    house.hasher.set_full(false);
    assert_eq!(house.stored(EMAIL).await.unwrap().version, version);
    assert!(house.is_alive(&own).await);

    house.logout(&own.access_token).await.unwrap();
    let revoked = Err(ChangePasswordError::Token(TokenError::Revoked));
    assert_eq!(change(&house, &own, PASSWORD, NEW).await, revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_one_succeeds() {
    for _ in 0..20 {
        let house = House::new("");
        house.ada().await;
        let own = house.login(EMAIL, PASSWORD).await;
        let answers = together((0..5).map(|number| {
            let (house, own) = (house.clone(), own.clone());
            async move {
                let new = format!("{NEW}, number {number}");
                change(&house, &own, PASSWORD, &new).await.map(|()| new)
            }
        }))
        .await;
        let changed: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(changed.len(), 1);
        assert!(house.is_alive(&own).await);
        house.wait(3_600);
        assert!(is_password(&house, &changed[0]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_races_a_change_survives_in_its_session_and_in_no_other() {
    let house = House::new("");
    house.ada().await;
    let mut password = PASSWORD.to_owned();
    for round in 0..200 {
        let own = house.login(EMAIL, &password).await;
        let other = house.login(EMAIL, &password).await;
        let new = format!("{NEW}, number {round}");
        let refreshing = |tokens: &Tokens| {
            let (house, token) = (house.clone(), tokens.refresh_token.clone());
            tokio::spawn(async move { house.refresh(&token).await })
        };
        let (refreshed_own, refreshed_other) = (refreshing(&own), refreshing(&other));
        assert_eq!(
            change(&house, &own, &password, &new).await,
            Ok(()),
            "round {round}"
        );
        password = new;
        let own = refreshed_own.await.unwrap().unwrap_or_else(|error| {
            panic!("round {round}: the own session was refused: {error:?}")
        });
        let other = refreshed_other.await.unwrap().unwrap_or(other);
        assert!(house.is_alive(&own).await, "round {round}");
        assert!(!house.is_alive(&other).await, "round {round}");
    }
}

#[tokio::test]
async fn a_change_is_one_write() {
    let house = House::new("");
    house.ada().await;
    let own = house.login(EMAIL, PASSWORD).await;
    house.stores.take_calls();
    assert_eq!(change(&house, &own, PASSWORD, NEW).await, Ok(()));
    let mut writes = house.stores.take_calls();
    writes.retain(|call| !call.contains("find"));
    assert_eq!(writes, ["accounts.replace"]);
}

#[tokio::test]
async fn a_session_that_survived_a_change_ends_with_the_next_one_of_another() {
    let house = House::new("");
    let ada = house.ada().await;
    let first = house.login(EMAIL, PASSWORD).await;
    assert_eq!(change(&house, &first, PASSWORD, NEW).await, Ok(()));
    assert_eq!(change(&house, &first, NEW, PASSWORD).await, Ok(()));
    let second = house.login(EMAIL, PASSWORD).await;
    assert!(house.is_alive(&second).await);
    let first = house.refresh(&first.refresh_token).await.unwrap();
    assert!(house.is_alive(&first).await);

    assert_eq!(change(&house, &second, PASSWORD, NEW).await, Ok(()));
    assert!(!house.is_alive(&first).await);
    house
        .service
        .end_sessions(&Authority::Operator, &ada.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!house.is_alive(&second).await);
}

#[tokio::test]
async fn sessions_ended_during_a_change_stay_ended() {
    for is_disabled in [false, true] {
        let house = House::new("");
        let ada = house.ada().await;
        let own = house.login(EMAIL, PASSWORD).await;
        let other = house.clone();
        house.stores.before("accounts.replace", async move {
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
        assert_eq!(change(&house, &own, PASSWORD, NEW).await, revoked);
        assert!(!house.is_alive(&own).await);
    }
}

#[tokio::test]
async fn a_role_granted_during_a_change_is_kept() {
    let house = House::new("");
    let ada = house.ada().await;
    let own = house.login(EMAIL, PASSWORD).await;
    let other = house.clone();
    house.stores.before("accounts.replace", async move {
        let granted = other
            .service
            .grant_role(&Authority::Operator, &ada.id, "user")
            .await;
        granted.unwrap().unwrap();
    });
    assert_eq!(change(&house, &own, PASSWORD, NEW).await, Ok(()));
    assert_eq!(house.stored(EMAIL).await.unwrap().roles, ["user"]);
    assert!(house.is_alive(&own).await);
}

#[tokio::test]
async fn a_logout_during_a_change_stays() {
    let house = House::new("");
    house.ada().await;
    let own = house.login(EMAIL, PASSWORD).await;
    let (other, token) = (house.clone(), own.refresh_token.clone());
    house.stores.before("accounts.replace", async move {
        other.logout_by_refresh(&token).await.unwrap();
    });
    assert_eq!(change(&house, &own, PASSWORD, NEW).await, Ok(()));
    assert!(!house.is_alive(&own).await);
}
