use auth_flows::{EMAIL, PASSWORD, TestService, together};
use auth_runtime::{AccountStatus, AuditEventKind, Authority, RefreshError, TokenError, Tokens};

async fn in_house(policy: &str) -> (TestService, Tokens) {
    let test = TestService::new(policy);
    test.ada().await;
    let tokens = test.login(EMAIL, PASSWORD).await;
    test.events();
    (test, tokens)
}

async fn refused(test: &TestService, refresh_token: &str) -> RefreshError {
    match test.refresh(refresh_token).await {
        Err(error) => error,
        Ok(_) => panic!("refreshed"),
    }
}

async fn roles_of(test: &TestService, tokens: &Tokens) -> Vec<String> {
    let verified = test
        .verifier
        .verify(&tokens.access_token, &test.expectation());
    verified.unwrap().unwrap().roles
}

#[tokio::test]
async fn each_refresh_gives_new_tokens_of_the_same_session() {
    let (test, first) = in_house("").await;
    let mut tokens = first.clone();
    for _ in 0..5 {
        test.wait(60);
        let next = test.refresh(&tokens.refresh_token).await.unwrap();
        assert_eq!(next.session_id, first.session_id);
        assert_ne!(next.refresh_token, tokens.refresh_token);
        assert_ne!(next.access_token, tokens.access_token);
        assert_eq!(next.device_token, None);
        test.who_am_i(&next.access_token).await.unwrap();
        tokens = next;
    }
}

#[tokio::test]
async fn a_replay_within_the_grace_gets_the_same_successor_and_writes_nothing() {
    let (test, first) = in_house("").await;
    let next = test.refresh(&first.refresh_token).await.unwrap();
    test.stores.take_calls();
    for waited in [0, 5_000, 4_999] {
        test.wait_millis(waited);
        let replayed = test.refresh(&first.refresh_token).await.unwrap();
        assert_eq!(replayed.refresh_token, next.refresh_token);
        test.who_am_i(&replayed.access_token).await.unwrap();
    }
    assert!(!test.stores.take_calls().contains(&"sessions.replace"));
    assert!(test.is_alive(&next).await);
    assert!(test.events().is_empty());
}

#[tokio::test]
async fn a_reuse_ends_the_session_and_is_noted() {
    type Reuse = (&'static str, u64, bool);
    let reuses: [Reuse; 5] = [
        ("", 10_000, false),
        ("", 500_000, false),
        ("session.grace_seconds = 0", 0, false),
        ("session.grace_seconds = 60", 60_000, false),
        // The reuse is within the grace period, but the successor was used already.
        ("", 0, true),
    ];
    for (policy, waited, successor_is_used) in reuses {
        let (test, first) = in_house(policy).await;
        let mut last = test.refresh(&first.refresh_token).await.unwrap();
        if successor_is_used {
            last = test.refresh(&last.refresh_token).await.unwrap();
        }
        test.wait_millis(waited);
        assert_eq!(
            refused(&test, &first.refresh_token).await,
            RefreshError::Reused
        );
        let events = test.audit().take();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind, AuditEventKind::RefreshReused);
        assert_eq!(
            events[0].subject,
            test.stored(EMAIL).await.map(|account| account.id)
        );
        assert_eq!(events[0].object, Some(first.session_id.clone()));

        for tokens in [&first, &last] {
            assert_eq!(
                refused(&test, &tokens.refresh_token).await,
                RefreshError::Invalid
            );
            let known = test.who_am_i(&tokens.access_token).await;
            assert_eq!(known.unwrap_err(), TokenError::Revoked);
        }
    }
}

#[tokio::test]
async fn a_clock_set_back_does_not_open_the_grace_again() {
    use auth_runtime::Clock;
    let (test, first) = in_house("").await;
    test.refresh(&first.refresh_token).await.unwrap();
    test.clock.set(test.clock.now() - 60_000);
    assert_eq!(
        refused(&test, &first.refresh_token).await,
        RefreshError::Reused
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_refreshes_make_one_lineage() {
    for round in 0..20 {
        let (test, first) = in_house("").await;
        let second = test.second_process();
        let answers = together((0..50).map(|number| {
            let test = if number % 2 == 0 {
                test.clone()
            } else {
                second.clone()
            };
            let token = first.refresh_token.clone();
            async move { test.refresh(&token).await }
        }))
        .await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        for answer in &answers {
            assert_eq!(
                answer.refresh_token, answers[0].refresh_token,
                "round {round}"
            );
            test.who_am_i(&answer.access_token).await.unwrap();
        }
        assert!(test.events().is_empty());
        let sessions = test
            .service
            .list_sessions(&first.access_token)
            .await
            .unwrap();
        assert_eq!(sessions.unwrap().len(), 1);
        let next = test.refresh(&answers[0].refresh_token).await.unwrap();
        assert!(test.is_alive(&next).await);
    }
}

#[tokio::test]
async fn a_session_is_over_after_its_idle_and_after_its_absolute_time() {
    let policy = "session.idle_seconds = 300\nsession.absolute_seconds = 700";
    for (waits, is_alive) in [
        (&[299_999][..], true),
        (&[300_000], false),
        (&[299_999, 299_999, 100_001], true),
        (&[299_999, 299_999, 100_002], false),
    ] {
        let (test, mut tokens) = in_house(policy).await;
        assert_eq!(tokens.refresh_seconds, 300);
        let (last, waits_before) = waits.split_last().unwrap();
        for millis in waits_before {
            test.wait_millis(*millis);
            tokens = test.refresh(&tokens.refresh_token).await.unwrap();
        }
        test.wait_millis(*last);
        let known = test.who_am_i(&tokens.access_token).await;
        assert_eq!(
            known.map(|_| ()),
            if is_alive {
                Ok(())
            } else {
                Err(TokenError::Revoked)
            }
        );
        assert_eq!(
            test.refresh(&tokens.refresh_token).await.is_ok(),
            is_alive,
            "{waits:?}"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_says_how_long_it_lasts() {
    let (test, mut tokens) =
        in_house("session.idle_seconds = 300\nsession.absolute_seconds = 700").await;
    let mut told = vec![tokens.refresh_seconds];
    for _ in 0..3 {
        test.wait(200);
        tokens = test.refresh(&tokens.refresh_token).await.unwrap();
        told.push(tokens.refresh_seconds);
    }
    assert_eq!(told, [300, 300, 300, 100]);
}

#[tokio::test]
async fn a_refresh_reads_the_roles_again() {
    let (test, tokens) = in_house("").await;
    let id = test.stored(EMAIL).await.unwrap().id;
    assert!(roles_of(&test, &tokens).await.is_empty());
    test.service
        .grant_role(&Authority::Operator, &id, "admin")
        .await
        .unwrap()
        .unwrap();
    let tokens = test.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(roles_of(&test, &tokens).await, ["admin"]);
    test.service
        .take_role(&Authority::Operator, &id, "admin")
        .await
        .unwrap()
        .unwrap();
    let tokens = test.refresh(&tokens.refresh_token).await.unwrap();
    assert!(roles_of(&test, &tokens).await.is_empty());
}

#[tokio::test]
async fn the_sessions_of_a_disabled_or_deleted_account_are_over_for_good() {
    let (test, tokens) = in_house("").await;
    let id = test.stored(EMAIL).await.unwrap().id;
    test.set_status(&id, AccountStatus::Disabled).await;
    assert!(!test.is_alive(&tokens).await);
    test.set_status(&id, AccountStatus::Active).await;
    assert!(
        !test.is_alive(&tokens).await,
        "enabling must not bring sessions back"
    );

    let tokens = test.login(EMAIL, PASSWORD).await;
    test.service
        .remove_account(&Authority::Operator, &id)
        .await
        .unwrap()
        .unwrap();
    assert!(!test.is_alive(&tokens).await);
    test.ada().await;
    assert!(
        !test.is_alive(&tokens).await,
        "a new account inherits no session"
    );
}

#[tokio::test]
async fn a_changed_token_is_invalid_and_harms_nobody() {
    let (test, tokens) = in_house("").await;
    let token = &tokens.refresh_token;
    let other = test.login(EMAIL, PASSWORD).await.refresh_token;
    test.events();
    let mut changed: Vec<String> = (0..token.len())
        .flat_map(|place| ['A', 'B', 'z', '-'].map(|letter| (place, letter)))
        .map(|(place, letter)| format!("{}{letter}{}", &token[..place], &token[place + 1..]))
        .filter(|text| text != token)
        .collect();
    // The session of one token with the secret part of the other.
    changed.push(format!("{}{}", &token[..36], &other[36..]));
    changed.extend([
        String::new(),
        "csr_".to_owned(),
        token[4..].to_owned(),
        token[..token.len() - 1].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        format!(" {token}"),
        token.to_uppercase(),
        token.replace("csr_", "csd_"),
        tokens.device_token.clone().unwrap(),
        tokens.device_token.clone().unwrap().replace("csd_", "csr_"),
        tokens.access_token.clone(),
        "csr_".repeat(50_000),
    ]);
    for text in changed {
        assert_eq!(refused(&test, &text).await, RefreshError::Invalid, "{text}");
    }
    assert!(test.events().is_empty());
    assert!(test.is_alive(&tokens).await);
}
