use auth_flows::{EMAIL, House, PASSWORD, together};
use auth_runtime::{AccountStatus, AuditEventKind, Authority, RefreshError, TokenError, Tokens};

async fn in_house(policy: &str) -> (House, Tokens) {
    let house = House::new(policy);
    house.ada().await;
    let tokens = house.login(EMAIL, PASSWORD).await;
    house.events();
    (house, tokens)
}

async fn refused(house: &House, refresh_token: &str) -> RefreshError {
    match house.refresh(refresh_token).await {
        Err(error) => error,
        Ok(_) => panic!("refreshed"),
    }
}

async fn roles_of(house: &House, tokens: &Tokens) -> Vec<String> {
    let verified = house
        .verifier
        .verify(&tokens.access_token, &house.expectation());
    verified.unwrap().unwrap().roles
}

#[tokio::test]
async fn each_refresh_gives_new_tokens_of_the_same_session() {
    let (house, first) = in_house("").await;
    let mut tokens = first.clone();
    for _ in 0..5 {
        house.wait(60);
        let next = house.refresh(&tokens.refresh_token).await.unwrap();
        assert_eq!(next.session_id, first.session_id);
        assert_ne!(next.refresh_token, tokens.refresh_token);
        assert_ne!(next.access_token, tokens.access_token);
        assert_eq!(next.device_token, None);
        house.who_am_i(&next.access_token).await.unwrap();
        tokens = next;
    }
}

#[tokio::test]
async fn a_replay_within_the_grace_gets_the_same_successor_and_writes_nothing() {
    let (house, first) = in_house("").await;
    let next = house.refresh(&first.refresh_token).await.unwrap();
    house.stores.take_calls();
    for waited in [0, 5_000, 4_999] {
        house.wait_millis(waited);
        let replayed = house.refresh(&first.refresh_token).await.unwrap();
        assert_eq!(replayed.refresh_token, next.refresh_token);
        house.who_am_i(&replayed.access_token).await.unwrap();
    }
    assert!(!house.stores.take_calls().contains(&"sessions.replace"));
    assert!(house.is_alive(&next).await);
    assert!(house.events().is_empty());
}

#[tokio::test]
async fn a_reuse_ends_the_session_and_is_noted() {
    type Reuse = (&'static str, u64, bool);
    let reuses: [Reuse; 5] = [
        ("", 10_000, false),
        ("", 500_000, false),
        ("session.grace_seconds = 0", 0, false),
        ("session.grace_seconds = 60", 60_000, false),
        // Within the grace, but its successor was used already.
        ("", 0, true),
    ];
    for (policy, waited, successor_is_used) in reuses {
        let (house, first) = in_house(policy).await;
        let mut last = house.refresh(&first.refresh_token).await.unwrap();
        if successor_is_used {
            last = house.refresh(&last.refresh_token).await.unwrap();
        }
        house.wait_millis(waited);
        assert_eq!(
            refused(&house, &first.refresh_token).await,
            RefreshError::Reused
        );
        let events = house.audit().take();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind, AuditEventKind::RefreshReused);
        assert_eq!(
            events[0].subject,
            house.stored(EMAIL).await.map(|account| account.id)
        );
        assert_eq!(events[0].object, Some(first.session_id.clone()));

        for tokens in [&first, &last] {
            assert_eq!(
                refused(&house, &tokens.refresh_token).await,
                RefreshError::Invalid
            );
            let known = house.who_am_i(&tokens.access_token).await;
            assert_eq!(known.unwrap_err(), TokenError::Revoked);
        }
    }
}

#[tokio::test]
async fn a_clock_set_back_does_not_open_the_grace_again() {
    use auth_runtime::Clock;
    let (house, first) = in_house("").await;
    house.refresh(&first.refresh_token).await.unwrap();
    house.clock.set(house.clock.now() - 60_000);
    assert_eq!(
        refused(&house, &first.refresh_token).await,
        RefreshError::Reused
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_refreshes_make_one_lineage() {
    for round in 0..20 {
        let (house, first) = in_house("").await;
        let second = house.second_process();
        let answers = together((0..50).map(|number| {
            let house = if number % 2 == 0 {
                house.clone()
            } else {
                second.clone()
            };
            let token = first.refresh_token.clone();
            async move { house.refresh(&token).await }
        }))
        .await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        for answer in &answers {
            assert_eq!(
                answer.refresh_token, answers[0].refresh_token,
                "round {round}"
            );
            house.who_am_i(&answer.access_token).await.unwrap();
        }
        assert!(house.events().is_empty());
        let sessions = house
            .service
            .list_sessions(&first.access_token)
            .await
            .unwrap();
        assert_eq!(sessions.unwrap().len(), 1);
        let next = house.refresh(&answers[0].refresh_token).await.unwrap();
        assert!(house.is_alive(&next).await);
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
        let (house, mut tokens) = in_house(policy).await;
        assert_eq!(tokens.refresh_seconds, 300);
        let (last, waits_before) = waits.split_last().unwrap();
        for millis in waits_before {
            house.wait_millis(*millis);
            tokens = house.refresh(&tokens.refresh_token).await.unwrap();
        }
        house.wait_millis(*last);
        let known = house.who_am_i(&tokens.access_token).await;
        assert_eq!(
            known.map(|_| ()),
            if is_alive {
                Ok(())
            } else {
                Err(TokenError::Revoked)
            }
        );
        assert_eq!(
            house.refresh(&tokens.refresh_token).await.is_ok(),
            is_alive,
            "{waits:?}"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_says_how_long_it_lasts() {
    let (house, mut tokens) =
        in_house("session.idle_seconds = 300\nsession.absolute_seconds = 700").await;
    let mut told = vec![tokens.refresh_seconds];
    for _ in 0..3 {
        house.wait(200);
        tokens = house.refresh(&tokens.refresh_token).await.unwrap();
        told.push(tokens.refresh_seconds);
    }
    assert_eq!(told, [300, 300, 300, 100]);
}

#[tokio::test]
async fn a_refresh_reads_the_roles_again() {
    let (house, tokens) = in_house("").await;
    let id = house.stored(EMAIL).await.unwrap().id;
    assert!(roles_of(&house, &tokens).await.is_empty());
    house
        .service
        .grant_role(&Authority::Operator, &id, "admin")
        .await
        .unwrap()
        .unwrap();
    let tokens = house.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(roles_of(&house, &tokens).await, ["admin"]);
    house
        .service
        .take_role(&Authority::Operator, &id, "admin")
        .await
        .unwrap()
        .unwrap();
    let tokens = house.refresh(&tokens.refresh_token).await.unwrap();
    assert!(roles_of(&house, &tokens).await.is_empty());
}

#[tokio::test]
async fn the_sessions_of_a_disabled_or_deleted_account_are_over_for_good() {
    let (house, tokens) = in_house("").await;
    let id = house.stored(EMAIL).await.unwrap().id;
    house.set_status(&id, AccountStatus::Disabled).await;
    assert!(!house.is_alive(&tokens).await);
    house.set_status(&id, AccountStatus::Active).await;
    assert!(
        !house.is_alive(&tokens).await,
        "enabling must not bring sessions back"
    );

    let tokens = house.login(EMAIL, PASSWORD).await;
    house
        .service
        .remove_account(&Authority::Operator, &id)
        .await
        .unwrap()
        .unwrap();
    assert!(!house.is_alive(&tokens).await);
    house.ada().await;
    assert!(
        !house.is_alive(&tokens).await,
        "a new account inherits no session"
    );
}

#[tokio::test]
async fn a_changed_token_is_invalid_and_harms_nobody() {
    let (house, tokens) = in_house("").await;
    let token = &tokens.refresh_token;
    let other = house.login(EMAIL, PASSWORD).await.refresh_token;
    house.events();
    let mut changed: Vec<String> = (0..token.len())
        .flat_map(|place| ['A', 'B', 'z', '-'].map(|letter| (place, letter)))
        .map(|(place, letter)| format!("{}{letter}{}", &token[..place], &token[place + 1..]))
        .filter(|text| text != token)
        .collect();
    // The session of one with the code of the other.
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
        assert_eq!(
            refused(&house, &text).await,
            RefreshError::Invalid,
            "{text}"
        );
    }
    assert!(house.events().is_empty());
    assert!(house.is_alive(&tokens).await);
}
