use auth_flows::{EMAIL, PASSWORD, TestService, refresh_request, together};
use auth_runtime::{
    AccountStatus, AuditEventKind, Authority, RefreshError, RefreshRequest, TokenError, Tokens,
};

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
    assert_eq!(test.count_events(AuditEventKind::RefreshReplayed), 3);
    assert!(test.is_alive(&next).await);
    assert!(test.events().is_empty());
}

/// The request that a client sends who has only the token.
fn elsewhere(refresh_token: &str) -> RefreshRequest {
    RefreshRequest {
        source: "198.51.100.66".to_owned(),
        user_agent: "thief".to_owned(),
        ..refresh_request(refresh_token)
    }
}

fn keyed(request: RefreshRequest, key: &str) -> RefreshRequest {
    RefreshRequest {
        idempotency_key: Some(key.to_owned()),
        ..request
    }
}

#[tokio::test]
async fn a_thief_one_step_behind_gets_nothing_and_is_noted() {
    let test = TestService::new("");
    let subject = Some(test.ada().await.id);
    // Not at the full hour, where the rounded times change.
    test.wait(60);
    for round in 1..=4 {
        let stolen = test.login(EMAIL, PASSWORD).await;
        test.wait(14);
        let listed = test.service.list_sessions(&stolen.access_token);
        let before = listed.await.unwrap().unwrap();
        let owners = test.refresh(&stolen.refresh_token).await.unwrap();
        // The thief learns from the list of sessions neither that nor when the owner refreshed.
        let listed = test.service.list_sessions(&stolen.access_token);
        assert_eq!(listed.await.unwrap().unwrap(), before);
        test.audit().take();

        let gained = test.try_refresh(elsewhere(&stolen.refresh_token)).await;
        assert_eq!(gained.unwrap_err(), RefreshError::Reused, "round {round}");
        let events = test.audit().take();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind, AuditEventKind::RefreshReplayRefused);
        assert_eq!(events[0].subject, subject);
        assert_eq!(events[0].object.as_ref(), Some(&stolen.session_id));
        // Nobody can tell the thief from the owner, so the session is over for both.
        assert_eq!(
            refused(&test, &owners.refresh_token).await,
            RefreshError::Invalid
        );
        for access in [&stolen.access_token, &owners.access_token] {
            assert_eq!(
                test.who_am_i(access).await.unwrap_err(),
                TokenError::Revoked
            );
        }
    }
}

#[tokio::test]
async fn a_thief_who_rotates_first_loses_the_session_when_the_owner_follows() {
    let (test, stolen) = in_house("").await;
    let thiefs = test.try_refresh(elsewhere(&stolen.refresh_token)).await;
    let thiefs = thiefs.unwrap();
    test.wait(1);
    assert_eq!(
        refused(&test, &stolen.refresh_token).await,
        RefreshError::Reused
    );
    let next = test.try_refresh(elsewhere(&thiefs.refresh_token)).await;
    assert_eq!(next.unwrap_err(), RefreshError::Invalid);
    assert_eq!(
        test.who_am_i(&thiefs.access_token).await.unwrap_err(),
        TokenError::Revoked
    );
}

#[tokio::test]
async fn a_repetition_is_known_by_its_client_or_its_key() {
    const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    type Change = fn(RefreshRequest) -> RefreshRequest;
    let other_source: Change = |request| RefreshRequest {
        source: "192.0.2.2".to_owned(),
        ..request
    };
    let other_agent: Change = |request| RefreshRequest {
        user_agent: "another".to_owned(),
        ..request
    };
    let with_key: Change = |request| keyed(request, KEY);
    let with_other_key: Change = |request| keyed(request, "another key altogether");
    let elsewhere_with_key: Change = |request| keyed(elsewhere(&request.refresh_token), KEY);
    let same: Change = |request| request;
    for (first, second, by_client, by_key) in [
        (same, same, true, false),
        (same, other_source, false, false),
        (same, other_agent, false, false),
        (same, with_key, true, false),
        (same, elsewhere_with_key, false, false),
        (with_key, same, true, false),
        (with_key, with_key, true, true),
        (with_key, with_other_key, true, false),
        (with_key, elsewhere_with_key, true, true),
        (with_key, other_source, false, false),
    ] {
        for (policy, answered) in [
            ("", by_client),
            ("session.replay = \"idempotency-key\"", by_key),
        ] {
            let (test, tokens) = in_house(policy).await;
            let token = &tokens.refresh_token;
            let next = test.try_refresh(first(refresh_request(token))).await;
            let next = next.unwrap();
            let again = test.try_refresh(second(refresh_request(token))).await;
            let events = test.events();
            let [(kind, _)] = events.as_slice() else {
                panic!("{events:?}");
            };
            match again {
                Ok(again) => {
                    assert!(answered, "{policy}");
                    assert_eq!(again.refresh_token, next.refresh_token);
                    assert_eq!(*kind, AuditEventKind::RefreshReplayed);
                }
                Err(error) => {
                    assert!(!answered, "{policy}");
                    assert_eq!(error, RefreshError::Reused);
                    assert_eq!(*kind, AuditEventKind::RefreshReplayRefused);
                }
            }
            assert_eq!(test.is_alive(&next).await, answered);
        }
    }
}

#[tokio::test]
async fn what_a_session_keeps_of_its_client_tells_no_address_and_no_key() {
    use auth_runtime::SessionStore;
    let (test, tokens) = in_house("").await;
    let request = keyed(
        refresh_request(&tokens.refresh_token),
        "a key of the client",
    );
    test.try_refresh(request).await.unwrap();
    let session = SessionStore::find(&*test.stores, &tokens.session_id).await;
    let mark = session.unwrap().unwrap().rotated_by.unwrap();
    assert_eq!(mark.client.len(), 32);
    assert_eq!(mark.idempotency_key.map(|key| key.len()), Some(32));
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
        let events = test.events();
        assert_eq!(events.len(), 49);
        let is_replay = |event: &(AuditEventKind, _)| event.0 == AuditEventKind::RefreshReplayed;
        assert!(events.iter().all(is_replay));
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
        .grant_role(&Authority::Operator, &id, "admin", false)
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
