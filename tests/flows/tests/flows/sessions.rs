use auth_flows::{EMAIL, House, PASSWORD, together};
use auth_runtime::{
    AccountStatus, AuditEventKind, Authority, RefreshError, RevokeError, SessionView, TokenError,
    Tokens,
};

const EVE: &str = "eve@example.org";

async fn list(house: &House, tokens: &Tokens) -> Vec<SessionView> {
    house
        .service
        .list_sessions(&tokens.access_token)
        .await
        .unwrap()
        .unwrap()
}

async fn revoke(house: &House, tokens: &Tokens, id: &str) -> Result<(), RevokeError> {
    house
        .service
        .revoke_session(&tokens.access_token, id)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_logout_ends_the_session_and_can_be_said_twice() {
    for by_refresh_token in [false, true] {
        let house = House::new("");
        house.ada().await;
        let tokens = house.login(EMAIL, PASSWORD).await;
        let other = house.login(EMAIL, PASSWORD).await;
        house.events();
        for _ in 0..2 {
            let done = if by_refresh_token {
                house.logout_by_refresh(&tokens.refresh_token).await
            } else {
                house.logout(&tokens.access_token).await
            };
            assert_eq!(done, Ok(()));
        }
        assert_eq!(house.count_events(AuditEventKind::SessionEnded), 1);
        assert_eq!(
            house.who_am_i(&tokens.access_token).await,
            Err(TokenError::Revoked)
        );
        let refreshed = house.refresh(&tokens.refresh_token).await;
        assert_eq!(refreshed.map(|_| ()), Err(RefreshError::Invalid));
        let listed = house
            .service
            .list_sessions(&tokens.access_token)
            .await
            .unwrap();
        assert!(matches!(listed, Err(TokenError::Revoked)));
        assert_eq!(list(&house, &other).await.len(), 1);
        assert!(house.is_alive(&other).await);
    }
}

#[tokio::test]
async fn an_older_token_of_the_session_logs_out_as_well() {
    let house = House::new("");
    house.ada().await;
    let first = house.login(EMAIL, PASSWORD).await;
    let second = house.refresh(&first.refresh_token).await.unwrap();
    let third = house.refresh(&second.refresh_token).await.unwrap();
    house.logout_by_refresh(&first.refresh_token).await.unwrap();
    assert!(!house.is_alive(&third).await);
}

#[tokio::test]
async fn a_logout_with_something_else_ends_nothing() {
    let house = House::new("");
    house.ada().await;
    let tokens = house.login(EMAIL, PASSWORD).await;
    for text in [
        "",
        "csr_",
        &tokens.access_token,
        tokens.device_token.as_deref().unwrap(),
    ] {
        assert_eq!(house.logout_by_refresh(text).await, Ok(()));
    }
    for text in ["", "a.b.c", &tokens.refresh_token] {
        assert_eq!(house.logout(text).await, Err(TokenError::Malformed));
    }
    assert!(house.is_alive(&tokens).await);
}

#[tokio::test]
async fn a_user_sees_the_live_sessions_oldest_first() {
    let house = House::new("session.idle_seconds = 300");
    house.ada().await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(house.login(EMAIL, PASSWORD).await);
        house.wait(90);
    }
    house.logout(&sessions[2].access_token).await.unwrap();
    let listed = list(&house, &sessions[3]).await;
    let seen: Vec<_> = listed
        .iter()
        .map(|view| (view.id.as_str(), view.current))
        .collect();
    // The first is past its idle time, the third was logged out.
    assert_eq!(
        seen,
        [
            (&*sessions[1].session_id, false),
            (&*sessions[3].session_id, true)
        ]
    );
    let view = &listed[1];
    assert_eq!(view.user_agent, "flows");
    assert_eq!(
        (view.created_at, view.expires_at),
        (view.last_used_at, view.created_at + 300_000)
    );
}

#[tokio::test]
async fn a_user_ends_own_sessions_one_by_one() {
    let house = House::new("");
    house.ada().await;
    let (one, other) = (
        house.login(EMAIL, PASSWORD).await,
        house.login(EMAIL, PASSWORD).await,
    );
    assert_eq!(revoke(&house, &one, &other.session_id).await, Ok(()));
    assert!(!house.is_alive(&other).await);
    assert_eq!(
        revoke(&house, &one, &other.session_id).await,
        Err(RevokeError::NotFound)
    );
    assert_eq!(revoke(&house, &one, &one.session_id).await, Ok(()));
    assert!(!house.is_alive(&one).await);
    let again = house
        .service
        .revoke_session(&one.access_token, &one.session_id)
        .await
        .unwrap();
    assert_eq!(again, Err(TokenError::Revoked));
}

#[tokio::test]
async fn nobody_touches_a_session_of_somebody_else() {
    // Not even an administrator, who has the directory for it.
    for roles in [&[][..], &["admin"]] {
        let house = House::new("");
        house.ada().await;
        house.account_with(EVE, roles).await;
        let (ada, eve) = (
            house.login(EMAIL, PASSWORD).await,
            house.login(EVE, PASSWORD).await,
        );
        let found = revoke(&house, &eve, &ada.session_id).await;
        assert_eq!(found, Err(RevokeError::NotFound));
        assert_eq!(
            found,
            revoke(&house, &eve, "0190a5d0-0000-7000-8000-000000000000").await
        );
        assert_eq!(found, revoke(&house, &eve, "no id at all").await);
        assert!(
            list(&house, &eve)
                .await
                .iter()
                .all(|view| view.id == eve.session_id)
        );
        assert!(house.is_alive(&ada).await);
    }
}

#[derive(Clone, Copy)]
enum End {
    All,
    ByAccessToken,
    ByRefreshToken,
    FromElsewhere,
    WithTheAccount,
}

const ENDS: [End; 5] = [
    End::All,
    End::ByAccessToken,
    End::ByRefreshToken,
    End::FromElsewhere,
    End::WithTheAccount,
];

/// Ends the session of `ended`, a token of the account `id` as `other` is.
async fn end(house: House, id: String, how: End, ended: Tokens, other: Tokens) {
    match how {
        End::All => {
            let done = house.service.end_sessions(&Authority::Operator, &id).await;
            done.unwrap().unwrap();
        }
        End::ByAccessToken => house.logout(&ended.access_token).await.unwrap(),
        End::ByRefreshToken => house.logout_by_refresh(&ended.refresh_token).await.unwrap(),
        End::FromElsewhere => revoke(&house, &other, &ended.session_id).await.unwrap(),
        End::WithTheAccount => {
            house.set_status(&id, AccountStatus::Disabled).await;
            house.set_status(&id, AccountStatus::Active).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_races_refreshes_leaves_nothing_alive() {
    let house = House::new("");
    let ada = house.ada().await;
    for (round, how) in ENDS.into_iter().cycle().take(1_000).enumerate() {
        let first = house.login(EMAIL, PASSWORD).await;
        let other = house.login(EMAIL, PASSWORD).await;
        let racer = |house: House| {
            let token = first.refresh_token.clone();
            tokio::spawn(async move {
                let next = house.refresh(&token).await.ok()?;
                let after = house.refresh(&next.refresh_token).await.ok();
                Some((next, after))
            })
        };
        let refreshing = racer(house.clone());
        let ending = tokio::spawn(end(
            house.clone(),
            ada.id.clone(),
            how,
            first.clone(),
            other,
        ));
        let refreshed = refreshing.await.unwrap();
        ending.await.unwrap();

        let mut tokens = vec![first];
        if let Some((next, after)) = refreshed {
            tokens.push(next);
            tokens.extend(after);
        }
        for tokens in tokens {
            let refreshed = house.refresh(&tokens.refresh_token).await;
            assert_eq!(
                refreshed.map(|_| ()),
                Err(RefreshError::Invalid),
                "round {round}"
            );
            let known = house.who_am_i(&tokens.access_token).await;
            assert_eq!(known, Err(TokenError::Revoked), "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_logins_end_up_with_the_sessions_of_the_cap() {
    let house = House::new("session.max_per_account = 5");
    house.ada().await;
    let sources = |number: u32| format!("192.0.2.{number}");
    let all = together((0..25).map(|number| {
        let house = house.clone();
        let attempt = auth_runtime::LoginAttempt {
            source: sources(number),
            ..auth_flows::attempt(EMAIL, PASSWORD)
        };
        async move { house.try_login(attempt).await.ok() }
    }))
    .await;
    house.wait(1);
    let last = house.login(EMAIL, PASSWORD).await;
    assert!(all.iter().flatten().count() >= 5);
    assert_eq!(list(&house, &last).await.len(), 5);
}
