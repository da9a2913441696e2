use auth_flows::{EMAIL, PASSWORD, TestService, adapter_fault, together, unavailable};
use auth_runtime::{
    AccountView, AdministrationError, AuditEventKind, Authority, Blame, EmailViolation, NewAccount,
    PageRequest, PasswordViolation, SetupError,
};

async fn begin(test: &TestService) -> Option<String> {
    test.service.begin_setup().await.unwrap()
}

async fn complete(test: &TestService, token: &str) -> Result<AccountView, SetupError> {
    test.service
        .complete_setup(token, EMAIL, PASSWORD)
        .await
        .unwrap()
}

async fn count_accounts(test: &TestService) -> usize {
    let all = PageRequest {
        limit: 200,
        cursor: None,
    };
    test.service
        .list_accounts(&Authority::Operator, "", &all)
        .await
        .unwrap()
        .unwrap()
        .items
        .len()
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let test = TestService::new("");
    let token = begin(&test).await.unwrap();
    let admin = complete(&test, &token).await.unwrap();
    assert_eq!(admin.roles, ["admin"]);
    assert_eq!(
        test.events(),
        [(AuditEventKind::SetupCompleted, Some(admin.id))]
    );
    let tokens = test.login(EMAIL, PASSWORD).await;
    let bearer = Authority::Bearer(tokens.access_token);
    let all = PageRequest {
        limit: 10,
        cursor: None,
    };
    assert!(
        test.service
            .list_accounts(&bearer, "", &all)
            .await
            .unwrap()
            .is_ok()
    );

    assert_eq!(begin(&test).await, None);
    test.events();
    assert_eq!(
        complete(&test, &token).await.unwrap_err(),
        SetupError::InvalidToken
    );
    assert_eq!(test.events(), [(AuditEventKind::SetupRefused, None)]);
    assert_eq!(count_accounts(&test).await, 1);
}

#[tokio::test]
async fn what_is_no_present_token_makes_nobody() {
    let test = TestService::new("");
    assert_eq!(
        complete(&test, "").await.unwrap_err(),
        SetupError::InvalidToken
    );
    let earlier = begin(&test).await.unwrap();
    let token = begin(&test).await.unwrap();
    for wrong in [
        "",
        "css_",
        &earlier,
        &token[..token.len() - 1],
        &format!("{token} "),
    ] {
        assert_eq!(
            complete(&test, wrong).await.unwrap_err(),
            SetupError::InvalidToken
        );
    }
    assert_eq!(test.hasher.take_work().hashes, 0);
    assert_eq!(count_accounts(&test).await, 0);
    complete(&test, &token).await.unwrap();
}

#[tokio::test]
async fn a_token_is_valid_for_a_day() {
    for (waited, is_valid) in [(86_400_000 - 1, true), (86_400_000, false)] {
        let test = TestService::new("");
        let token = begin(&test).await.unwrap();
        test.wait_millis(waited);
        assert_eq!(complete(&test, &token).await.is_ok(), is_valid, "{waited}");
    }
}

#[tokio::test]
async fn a_mistake_does_not_use_up_the_token() {
    let test = TestService::new("");
    test.account_with("taken@example.org", &[]).await;
    let token = begin(&test).await.unwrap();
    for (email, password, fault) in [
        (
            "nobody",
            PASSWORD,
            SetupError::InvalidEmail(EmailViolation::NotAnAddress),
        ),
        (
            EMAIL,
            "short",
            SetupError::WeakPassword(vec![PasswordViolation::TooShort]),
        ),
        ("taken@example.org", PASSWORD, SetupError::EmailTaken),
    ] {
        let answer = test
            .service
            .complete_setup(&token, email, password)
            .await
            .unwrap();
        assert_eq!(answer.unwrap_err(), fault);
    }
    test.hasher.set_full(true);
    assert_eq!(complete(&test, &token).await.unwrap_err(), SetupError::Busy);
    test.hasher.set_full(false);
    complete(&test, &token).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_completions_one_makes_an_administrator() {
    for _ in 0..20 {
        let test = TestService::new("");
        let second = test.second_process();
        let token = begin(&test).await.unwrap();
        let answers = together((0..20).map(|number| {
            let test = if number % 2 == 0 {
                test.clone()
            } else {
                second.clone()
            };
            let token = token.clone();
            async move {
                let email = format!("admin-{number}@example.org");
                test.service
                    .complete_setup(&token, &email, PASSWORD)
                    .await
                    .unwrap()
            }
        }))
        .await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        assert!(
            refused
                .into_iter()
                .all(|answer| answer == Err(SetupError::InvalidToken))
        );
        assert_eq!(count_accounts(&test).await, 1);
        assert_eq!(begin(&test).await, None);
    }
}

#[tokio::test]
async fn a_crash_anywhere_leaves_an_administrator_or_a_set_up_that_opens_again() {
    let calls = {
        let test = TestService::new("");
        let token = begin(&test).await.unwrap();
        test.stores.take_calls();
        complete(&test, &token).await.unwrap();
        test.stores.take_calls()
    };
    assert_eq!(
        calls,
        ["codes.find", "codes.put", "accounts.insert", "codes.put"]
    );
    for crash_after in 0..calls.len() {
        for failure in [adapter_fault, unavailable] {
            let test = TestService::new("");
            let token = begin(&test).await.unwrap();
            test.stores.fail_after(crash_after, failure);
            let crash = test
                .service
                .complete_setup(&token, EMAIL, PASSWORD)
                .await
                .unwrap_err();
            assert_eq!(crash.blame, Blame::Adapter);
            test.stores.heal();

            let is_made = test.stored(EMAIL).await.is_some();
            assert_eq!(is_made, crash_after == 3);
            match begin(&test).await {
                None => assert!(is_made),
                Some(again) => {
                    assert!(!is_made);
                    let earlier = complete(&test, &token).await;
                    assert_eq!(earlier.unwrap_err(), SetupError::InvalidToken);
                    complete(&test, &again).await.unwrap();
                }
            }
            assert_eq!(begin(&test).await, None);
            assert_eq!(count_accounts(&test).await, 1);
        }
    }
}

#[tokio::test]
async fn a_set_up_begun_again_during_a_completion_still_makes_one_administrator() {
    let test = TestService::new("");
    let token = begin(&test).await.unwrap();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let other = test.clone();
    test.stores.before("accounts.insert", async move {
        sender.send(begin(&other).await).unwrap();
    });
    let first = test
        .service
        .complete_setup(&token, "first@example.org", PASSWORD)
        .await
        .unwrap();
    let again = receiver.await.unwrap();
    let mut administrators = usize::from(first.is_ok());
    if let Some(again) = again {
        administrators += usize::from(complete(&test, &again).await.is_ok());
    }
    assert_eq!((administrators, count_accounts(&test).await), (1, 1));
    assert_eq!(begin(&test).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn set_ups_begun_in_parallel_leave_one_token() {
    let test = TestService::new("");
    let tokens = together((0..20).map(|_| {
        let test = test.clone();
        async move { begin(&test).await.unwrap() }
    }))
    .await;
    let mut made = 0;
    for token in tokens {
        made += usize::from(complete(&test, &token).await.is_ok());
    }
    assert_eq!(made, 1);
}

async fn grant_admin(test: &TestService, id: &str) -> Result<AccountView, AdministrationError> {
    let granted = test
        .service
        .grant_role(&Authority::Operator, id, "admin", false)
        .await;
    granted.unwrap()
}

#[tokio::test]
async fn an_administrator_whom_the_operator_makes_ends_the_set_up() {
    for was_begun in [false, true] {
        for is_granted in [false, true] {
            let test = TestService::new("");
            let token = if was_begun { begin(&test).await } else { None };
            let roles: &[&str] = if is_granted {
                &["user"]
            } else {
                &["user", "admin"]
            };
            let id = test.account_with(EMAIL, roles).await.id;
            if is_granted {
                test.events();
                grant_admin(&test, &id).await.unwrap();
            }
            let kind = AuditEventKind::SetupCompleted;
            assert_eq!(test.count_events(kind), 1, "{was_begun} {is_granted}");
            let first = test
                .service
                .complete_setup(&token.unwrap_or_default(), "first@example.org", PASSWORD)
                .await;
            assert_eq!(first.unwrap().unwrap_err(), SetupError::InvalidToken);
            assert_eq!(begin(&test).await, None);
            test.account_with("second@example.org", &["admin"]).await;
            assert_eq!(test.count_events(kind), 0);
        }
    }
}

#[tokio::test]
async fn accounts_that_become_no_administrator_leave_the_set_up_open() {
    let test = TestService::new("");
    let token = begin(&test).await.unwrap();
    test.account_with("taken@example.org", &["user"]).await;
    let taken = NewAccount {
        email: "taken@example.org".to_owned(),
        roles: vec!["admin".to_owned()],
        password: Some(PASSWORD.to_owned()),
    };
    let made = test
        .service
        .create_account(&Authority::Operator, &taken)
        .await;
    assert_eq!(made.unwrap().unwrap_err(), AdministrationError::EmailTaken);
    let granted = grant_admin(&test, "0190a5d0-0000-7000-8000-000000000000").await;
    assert_eq!(granted.unwrap_err(), AdministrationError::NotFound);
    complete(&test, &token).await.unwrap();
}

#[tokio::test]
async fn a_crash_while_the_operator_makes_an_administrator_leaves_one_or_an_open_set_up() {
    let admin = NewAccount {
        email: EMAIL.to_owned(),
        roles: vec!["admin".to_owned()],
        password: Some(PASSWORD.to_owned()),
    };
    for crash_after in 0..4 {
        let test = TestService::new("");
        test.stores.fail_after(crash_after, adapter_fault);
        let made = test
            .service
            .create_account(&Authority::Operator, &admin)
            .await;
        assert_eq!(made.unwrap_err().blame, Blame::Adapter);
        test.stores.heal();
        let is_made = test.stored(EMAIL).await.is_some();
        assert_eq!(is_made, crash_after == 3);
        assert_eq!(begin(&test).await.is_none(), is_made);
    }
}

#[tokio::test]
async fn a_set_up_that_a_crash_left_done_stays_over_without_its_administrator() {
    let test = TestService::new("");
    let token = begin(&test).await.unwrap();
    test.stores.fail_after(3, adapter_fault);
    test.service
        .complete_setup(&token, EMAIL, PASSWORD)
        .await
        .unwrap_err();
    test.stores.heal();
    assert_eq!(begin(&test).await, None);
    let id = test.stored(EMAIL).await.unwrap().id;
    let removed = test.service.remove_account(&Authority::Operator, &id).await;
    removed.unwrap().unwrap();
    assert_eq!(begin(&test).await, None);
}
