use auth_flows::{EMAIL, PASSWORD, TestService, together};
use auth_runtime::{
    AccountStatus, AuditEventKind, Authority, RefreshError, RevokeError, SessionView, TokenError,
    Tokens,
};

const EVE: &str = "eve@example.org";

async fn list(test: &TestService, tokens: &Tokens) -> Vec<SessionView> {
    test.service
        .list_sessions(&tokens.access_token)
        .await
        .unwrap()
        .unwrap()
}

async fn revoke(test: &TestService, tokens: &Tokens, id: &str) -> Result<(), RevokeError> {
    test.service
        .revoke_session(&tokens.access_token, id)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_logout_ends_the_session_and_can_be_said_twice() {
    for by_refresh_token in [false, true] {
        let test = TestService::new("");
        test.ada().await;
        let tokens = test.login(EMAIL, PASSWORD).await;
        let other = test.login(EMAIL, PASSWORD).await;
        test.events();
        for _ in 0..2 {
            let done = if by_refresh_token {
                test.logout_by_refresh(&tokens.refresh_token).await
            } else {
                test.logout(&tokens.access_token).await
            };
            assert_eq!(done, Ok(()));
        }
        assert_eq!(test.count_events(AuditEventKind::SessionEnded), 1);
        assert_eq!(
            test.who_am_i(&tokens.access_token).await,
            Err(TokenError::Revoked)
        );
        let refreshed = test.refresh(&tokens.refresh_token).await;
        assert_eq!(refreshed.map(|_| ()), Err(RefreshError::Invalid));
        let listed = test
            .service
            .list_sessions(&tokens.access_token)
            .await
            .unwrap();
        assert!(matches!(listed, Err(TokenError::Revoked)));
        assert_eq!(list(&test, &other).await.len(), 1);
        assert!(test.is_alive(&other).await);
    }
}

#[tokio::test]
async fn an_older_token_of_the_session_logs_out_as_well() {
    let test = TestService::new("");
    test.ada().await;
    let first = test.login(EMAIL, PASSWORD).await;
    let second = test.refresh(&first.refresh_token).await.unwrap();
    let third = test.refresh(&second.refresh_token).await.unwrap();
    test.logout_by_refresh(&first.refresh_token).await.unwrap();
    assert!(!test.is_alive(&third).await);
}

#[tokio::test]
async fn a_logout_with_something_else_ends_nothing() {
    let test = TestService::new("");
    test.ada().await;
    let tokens = test.login(EMAIL, PASSWORD).await;
    for text in [
        "",
        "csr_",
        &tokens.access_token,
        tokens.device_token.as_deref().unwrap(),
    ] {
        assert_eq!(test.logout_by_refresh(text).await, Ok(()));
    }
    for text in ["", "a.b.c", &tokens.refresh_token] {
        assert_eq!(test.logout(text).await, Err(TokenError::Malformed));
    }
    assert!(test.is_alive(&tokens).await);
}

#[tokio::test]
async fn a_user_sees_the_live_sessions_oldest_first() {
    let test = TestService::new("session.idle_seconds = 300");
    test.ada().await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(test.login(EMAIL, PASSWORD).await);
        test.wait(90);
    }
    test.logout(&sessions[2].access_token).await.unwrap();
    let listed = list(&test, &sessions[3]).await;
    let seen: Vec<_> = listed
        .iter()
        .map(|view| (view.id.as_str(), view.current))
        .collect();
    // The first session is past its idle time; the third was logged out.
    assert_eq!(
        seen,
        [
            (&*sessions[1].session_id, false),
            (&*sessions[3].session_id, true)
        ]
    );
    let view = &listed[1];
    assert_eq!(view.user_agent, "flows");
    // The times tell the hour alone, the end rounded up.
    let hour = 3_600_000;
    let started = view.created_at - view.created_at % hour;
    assert_eq!(
        (view.last_used_at, view.expires_at),
        (started, (view.created_at + 300_000).next_multiple_of(hour))
    );
}

#[tokio::test]
async fn a_user_ends_own_sessions_one_by_one() {
    let test = TestService::new("");
    test.ada().await;
    let (one, other) = (
        test.login(EMAIL, PASSWORD).await,
        test.login(EMAIL, PASSWORD).await,
    );
    assert_eq!(revoke(&test, &one, &other.session_id).await, Ok(()));
    assert!(!test.is_alive(&other).await);
    assert_eq!(
        revoke(&test, &one, &other.session_id).await,
        Err(RevokeError::NotFound)
    );
    assert_eq!(revoke(&test, &one, &one.session_id).await, Ok(()));
    assert!(!test.is_alive(&one).await);
    let again = test
        .service
        .revoke_session(&one.access_token, &one.session_id)
        .await
        .unwrap();
    assert_eq!(again, Err(TokenError::Revoked));
}

#[tokio::test]
async fn nobody_touches_a_session_of_somebody_else() {
    // Not even an administrator may, who has the calls of `accounts` for that.
    for roles in [&[][..], &["admin"]] {
        let test = TestService::new("");
        test.ada().await;
        test.account_with(EVE, roles).await;
        let (ada, eve) = (
            test.login(EMAIL, PASSWORD).await,
            test.login(EVE, PASSWORD).await,
        );
        let found = revoke(&test, &eve, &ada.session_id).await;
        assert_eq!(found, Err(RevokeError::NotFound));
        assert_eq!(
            found,
            revoke(&test, &eve, "0190a5d0-0000-7000-8000-000000000000").await
        );
        assert_eq!(found, revoke(&test, &eve, "no id at all").await);
        assert!(
            list(&test, &eve)
                .await
                .iter()
                .all(|view| view.id == eve.session_id)
        );
        assert!(test.is_alive(&ada).await);
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

/// Ends the session of `ended` in the way `how`. `other` are the tokens of another session
/// of the same account `id`.
async fn end(test: TestService, id: String, how: End, ended: Tokens, other: Tokens) {
    match how {
        End::All => {
            let done = test.service.end_sessions(&Authority::Operator, &id).await;
            done.unwrap().unwrap();
        }
        End::ByAccessToken => test.logout(&ended.access_token).await.unwrap(),
        End::ByRefreshToken => test.logout_by_refresh(&ended.refresh_token).await.unwrap(),
        End::FromElsewhere => revoke(&test, &other, &ended.session_id).await.unwrap(),
        End::WithTheAccount => {
            test.set_status(&id, AccountStatus::Disabled).await;
            test.set_status(&id, AccountStatus::Active).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_races_refreshes_leaves_nothing_alive() {
    let test = TestService::new("");
    let ada = test.ada().await;
    for (round, how) in ENDS.into_iter().cycle().take(1_000).enumerate() {
        let first = test.login(EMAIL, PASSWORD).await;
        let other = test.login(EMAIL, PASSWORD).await;
        let racer = |test: TestService| {
            let token = first.refresh_token.clone();
            tokio::spawn(async move {
                let next = test.refresh(&token).await.ok()?;
                let after = test.refresh(&next.refresh_token).await.ok();
                Some((next, after))
            })
        };
        let refreshing = racer(test.clone());
        let ending = tokio::spawn(end(test.clone(), ada.id.clone(), how, first.clone(), other));
        let refreshed = refreshing.await.unwrap();
        ending.await.unwrap();

        let mut tokens = vec![first];
        if let Some((next, after)) = refreshed {
            tokens.push(next);
            tokens.extend(after);
        }
        for tokens in tokens {
            let refreshed = test.refresh(&tokens.refresh_token).await;
            assert_eq!(
                refreshed.map(|_| ()),
                Err(RefreshError::Invalid),
                "round {round}"
            );
            let known = test.who_am_i(&tokens.access_token).await;
            assert_eq!(known, Err(TokenError::Revoked), "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_logins_end_up_with_the_sessions_of_the_cap() {
    let test = TestService::new("session.max_per_account = 5");
    test.ada().await;
    let sources = |number: u32| format!("192.0.2.{number}");
    let all = together((0..25).map(|number| {
        let test = test.clone();
        let attempt = auth_runtime::LoginAttempt {
            source: sources(number),
            ..auth_flows::attempt(EMAIL, PASSWORD)
        };
        async move { test.try_login(attempt).await.ok() }
    }))
    .await;
    test.wait(1);
    let last = test.login(EMAIL, PASSWORD).await;
    assert!(all.iter().flatten().count() >= 5);
    assert_eq!(list(&test, &last).await.len(), 5);
}
