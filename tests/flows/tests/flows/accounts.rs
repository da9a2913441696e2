mod administrators;
mod origin;
mod rights;

use auth_flows::{EMAIL, PASSWORD, TestService, attempt, together};
use auth_runtime::{
    AccountListPage, AccountStatus, AdministrationError, AuditEventKind, Authority, EmailViolation,
    LoginError, NewAccount, PageRequest, PasswordViolation, TokenError,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Create,
    Disable,
    EndSessions,
    Grant,
    List,
    Read,
    Remove,
    Take,
    Unlock,
}

/// Every operation, and the permission that it needs.
const OPERATIONS: [(Operation, &str); 9] = [
    (Operation::Create, "users:create"),
    (Operation::Disable, "users:disable"),
    (Operation::EndSessions, "sessions:end"),
    (Operation::Grant, "roles:grant"),
    (Operation::List, "users:list"),
    (Operation::Read, "users:read"),
    (Operation::Remove, "users:delete"),
    (Operation::Take, "roles:take"),
    (Operation::Unlock, "users:unlock"),
];

/// The role `user` may do nothing, the role `admin` everything.
const DEFAULT_ROLES: &str = "[roles.user]\n[roles.admin]\nallow = ['*:*']\n";

const NOBODY: &str = "0190a5d0-0000-7000-8000-000000000000";

fn new_account(email: &str, roles: &[&str], password: Option<&str>) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        password: password.map(str::to_owned),
    }
}

fn page(limit: u32, cursor: Option<&str>) -> PageRequest {
    PageRequest {
        limit,
        cursor: cursor.map(str::to_owned),
    }
}

/// Creates an account with these roles, and returns its id and an access token.
async fn actor(test: &TestService, email: &str, roles: &[&str]) -> (String, Authority) {
    let id = test.account_with(email, roles).await.id;
    let tokens = test.login(email, PASSWORD).await;
    (id, Authority::Bearer(tokens.access_token))
}

/// Performs the operation on the account `id`, with the role `user` where a role is needed.
async fn operate(
    test: &TestService,
    operation: Operation,
    authority: &Authority,
    id: &str,
) -> Result<(), AdministrationError> {
    let service = &test.service;
    let account = new_account("made@example.org", &[], None);
    let status = AccountStatus::Disabled;
    match operation {
        Operation::Create => service
            .create_account(authority, &account)
            .await
            .unwrap()
            .map(drop),
        Operation::Disable => service
            .set_account_status(authority, id, status)
            .await
            .unwrap()
            .map(drop),
        Operation::EndSessions => service.end_sessions(authority, id).await.unwrap(),
        Operation::Grant => service
            .grant_role(authority, id, "user", false)
            .await
            .unwrap()
            .map(drop),
        Operation::List => service
            .list_accounts(authority, "", &page(10, None))
            .await
            .unwrap()
            .map(drop),
        Operation::Read => service.read_account(authority, id).await.unwrap().map(drop),
        Operation::Remove => service.remove_account(authority, id).await.unwrap(),
        Operation::Take => service
            .take_role(authority, id, "user")
            .await
            .unwrap()
            .map(drop),
        Operation::Unlock => service.unlock_account(authority, id).await.unwrap(),
    }
}

#[tokio::test]
async fn no_operation_is_done_for_a_dead_token_or_on_a_missing_account() {
    let test = TestService::new("");
    let (_, admin) = actor(&test, EMAIL, &["admin"]).await;
    let over = test.login(EMAIL, PASSWORD).await;
    test.logout(&over.access_token).await.unwrap();
    for (operation, _) in OPERATIONS {
        for (token, fault) in [
            ("", TokenError::Malformed),
            (&*over.access_token, TokenError::Revoked),
        ] {
            let nobody = Authority::Bearer(token.to_owned());
            let answer = operate(&test, operation, &nobody, NOBODY).await;
            assert_eq!(answer, Err(AdministrationError::Token(fault)));
        }
        if !matches!(operation, Operation::Create | Operation::List) {
            let answer = operate(&test, operation, &admin, NOBODY).await;
            assert_eq!(answer, Err(AdministrationError::NotFound), "{operation:?}");
        }
    }
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_in_order_of_address() {
    let test = TestService::new("");
    for number in 0..25 {
        test.account_with(&format!("User-{:02}@example.org", (number * 7) % 25), &[])
            .await;
    }
    test.account_with("zoe@example.org", &[]).await;
    for (search, count) in [
        ("", 26),
        ("user-", 25),
        (" USER-1", 10),
        ("zoe@example.org", 1),
        ("nobody", 0),
    ] {
        for limit in [1, 10, 25, 26, 200, u32::MAX] {
            let mut walked = Vec::new();
            let mut cursor = None;
            loop {
                let page = page(limit, cursor.as_deref());
                let found = test
                    .service
                    .list_accounts(&Authority::Operator, search, &page)
                    .await;
                let AccountListPage { items, next } = found.unwrap().unwrap();
                assert!(items.len() <= limit as usize);
                walked.extend(items.into_iter().map(|view| view.email.to_lowercase()));
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(walked.len(), count, "`{search}` by {limit}");
            assert!(walked.is_sorted());
        }
    }
    for bad in [
        page(0, None),
        page(10, Some("")),
        page(10, Some("no cursor")),
    ] {
        let answer = test
            .service
            .list_accounts(&Authority::Operator, "", &bad)
            .await
            .unwrap();
        assert_eq!(answer.unwrap_err(), AdministrationError::InvalidPage);
    }
}

#[tokio::test]
async fn a_page_is_never_longer_than_200() {
    let test = TestService::new("");
    for number in 0..201 {
        test.account_with(&format!("user-{number}@example.org"), &[])
            .await;
    }
    let all = page(u32::MAX, None);
    let found = test
        .service
        .list_accounts(&Authority::Operator, "", &all)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.items.len(), found.next.is_some()), (200, true));
}

#[tokio::test]
async fn a_fault_of_a_new_account_is_named() {
    let test = TestService::new("");
    let ada = test.ada().await;
    for (account, fault) in [
        (
            new_account("ada", &[], None),
            AdministrationError::InvalidEmail(EmailViolation::NotAnAddress),
        ),
        (
            new_account(&EMAIL.to_uppercase(), &[], None),
            AdministrationError::EmailTaken,
        ),
        (
            new_account("a@example.org", &["user", "gone"], None),
            AdministrationError::UnknownRole,
        ),
        (
            new_account("a@example.org", &[], Some("short")),
            AdministrationError::WeakPassword(vec![PasswordViolation::TooShort]),
        ),
    ] {
        let answer = test
            .service
            .create_account(&Authority::Operator, &account)
            .await
            .unwrap();
        assert_eq!(answer.err(), Some(fault));
    }
    test.hasher.set_full(true);
    let account = new_account("a@example.org", &[], None);
    let answer = test
        .service
        .create_account(&Authority::Operator, &account)
        .await
        .unwrap();
    assert_eq!(answer.err(), Some(AdministrationError::Busy));
    assert_eq!(
        test.events(),
        [(AuditEventKind::AccountCreated, Some(ada.id))]
    );
}

#[tokio::test]
async fn a_deletion_frees_the_address_and_takes_the_sessions_along() {
    let test = TestService::new("");
    let ada = test.ada().await;
    let tokens = test.login(EMAIL, PASSWORD).await;
    test.login(EMAIL, PASSWORD).await;
    test.events();
    test.stores.take_calls();
    test.service
        .remove_account(&Authority::Operator, &ada.id)
        .await
        .unwrap()
        .unwrap();
    let removals = test.stores.take_calls();
    assert_eq!(
        removals
            .iter()
            .filter(|call| **call == "sessions.remove")
            .count(),
        2
    );
    assert_eq!(
        test.events(),
        [(AuditEventKind::AccountDeleted, Some(ada.id.clone()))]
    );

    assert!(!test.is_alive(&tokens).await);
    let answer = test.try_login(attempt(EMAIL, PASSWORD)).await;
    assert!(matches!(answer, Err(LoginError::InvalidCredentials)));
    assert_ne!(test.ada().await.id, ada.id);
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn the_end_of_all_sessions_leaves_the_account_and_its_password() {
    let test = TestService::new("");
    let ada = test.ada().await;
    let before = [
        test.login(EMAIL, PASSWORD).await,
        test.login(EMAIL, PASSWORD).await,
    ];
    test.service
        .end_sessions(&Authority::Operator, &ada.id)
        .await
        .unwrap()
        .unwrap();
    for tokens in before {
        assert!(!test.is_alive(&tokens).await);
    }
    let after = test.login(EMAIL, PASSWORD).await;
    assert!(test.is_alive(&after).await);
}

#[tokio::test]
async fn events_name_who_did_what_to_whom() {
    use AuditEventKind::{
        AccountCreated, AccountDeleted, AccountDisabled, AccountUnlocked, RoleGranted, RoleTaken,
        SessionsEnded,
    };
    for by_operator in [false, true] {
        let test = TestService::new("");
        let (own, admin) = actor(&test, EMAIL, &["admin"]).await;
        let target = test.account_with("target@example.org", &[]).await.id;
        let authority = if by_operator {
            Authority::Operator
        } else {
            admin
        };
        let actor = (!by_operator).then_some(own);
        for (operation, kind, object) in [
            (Operation::List, None, None),
            (Operation::Read, None, None),
            (Operation::Create, Some(AccountCreated), None),
            (Operation::Grant, Some(RoleGranted), Some("user")),
            (Operation::Take, Some(RoleTaken), Some("user")),
            (Operation::Unlock, Some(AccountUnlocked), None),
            (Operation::EndSessions, Some(SessionsEnded), None),
            (Operation::Disable, Some(AccountDisabled), None),
            (Operation::Remove, Some(AccountDeleted), None),
        ] {
            test.events();
            operate(&test, operation, &authority, &target)
                .await
                .unwrap();
            let events = test.audit().take();
            assert_eq!(events.len(), usize::from(kind.is_some()));
            for event in events {
                assert_eq!(Some(event.kind), kind);
                assert_eq!(event.actor, actor);
                assert_eq!(event.object.as_deref(), object);
                assert!(operation == Operation::Create || event.subject.as_ref() == Some(&target));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_writes_to_one_account_all_count() {
    let roles: Vec<String> = (0..20).map(|number| format!("role-{number:02}")).collect();
    let tables: String = roles
        .iter()
        .map(|role| format!("[roles.{role}]\n"))
        .collect();
    let test = TestService::new(&format!("{DEFAULT_ROLES}{tables}"));
    let ada = test.ada().await;
    let (service, id) = (test.second_process(), ada.id.clone());
    together(roles.clone().into_iter().map(|role| {
        let (test, id) = (service.clone(), id.clone());
        async move {
            let granted = test
                .service
                .grant_role(&Authority::Operator, &id, &role, false)
                .await;
            granted.unwrap().unwrap();
        }
    }))
    .await;
    let mut granted = test.stored(EMAIL).await.unwrap().roles;
    granted.sort();
    assert_eq!(granted, roles);
}

#[tokio::test]
async fn what_changes_nothing_is_no_event_and_no_write() {
    let test = TestService::new("");
    let id = test.account_with(EMAIL, &["user"]).await.id;
    let other = test.account_with("other@example.org", &[]).await.id;
    test.set_status(&other, AccountStatus::Disabled).await;
    let operator = &Authority::Operator;
    test.events();
    test.stores.take_calls();
    let service = &test.service;
    let granted = service
        .grant_role(operator, &id, "user", false)
        .await
        .unwrap();
    let taken = service.take_role(operator, &other, "user").await.unwrap();
    assert!(granted.is_ok() && taken.is_ok());
    test.set_status(&id, AccountStatus::Active).await;
    test.set_status(&other, AccountStatus::Disabled).await;
    assert_eq!(test.events(), []);
    assert!(!test.stores.take_calls().contains(&"accounts.replace"));

    let taken = service.take_role(operator, &id, "user").await.unwrap();
    taken.unwrap();
    test.set_status(&other, AccountStatus::Active).await;
    assert_eq!(
        test.events(),
        [
            (AuditEventKind::RoleTaken, Some(id)),
            (AuditEventKind::AccountEnabled, Some(other)),
        ]
    );
}
