//! The permissions that an operation on accounts needs.

use super::*;

#[tokio::test]
async fn each_operation_needs_its_permission_and_no_other() {
    for (operation, permission) in OPERATIONS {
        let others = OPERATIONS.map(|(_, other)| other);
        let others: Vec<_> = others
            .iter()
            .filter(|other| **other != permission)
            .collect();
        let policy = format!(
            "{DEFAULT_ROLES}\n[roles.one]\nallow = [{permission:?}]\n[roles.all-but-one]\n\
             allow = {others:?}\n[roles.denied]\nallow = ['*:*']\ndeny = [{permission:?}]\n"
        );
        let test = TestService::new(&policy);
        let target = test.ada().await.id;
        for role in ["user", "all-but-one", "denied"] {
            let (_, authority) = actor(&test, &format!("{role}@example.org"), &[role]).await;
            let answer = operate(&test, operation, &authority, &target).await;
            assert_eq!(
                answer,
                Err(AdministrationError::Forbidden(permission.to_owned()))
            );
        }
        let (_, authority) = actor(&test, "one@example.org", &["one"]).await;
        assert_eq!(operate(&test, operation, &authority, &target).await, Ok(()));
    }
}

#[tokio::test]
async fn making_an_account_with_a_role_needs_the_right_to_grant_it() {
    let policy = format!("{DEFAULT_ROLES}\n[roles.maker]\nallow = ['users:create']\n");
    let test = TestService::new(&policy);
    let (_, maker) = actor(&test, EMAIL, &["maker"]).await;
    let account = new_account("made@example.org", &["user"], None);
    let answer = test.service.create_account(&maker, &account).await.unwrap();
    assert_eq!(
        answer.err(),
        Some(AdministrationError::Forbidden("roles:grant".to_owned()))
    );
    assert!(test.stored("made@example.org").await.is_none());
}

#[tokio::test]
async fn an_administrator_remains() {
    let test = TestService::new("");
    let (own, admin) = actor(&test, EMAIL, &["admin"]).await;
    for operation in [Operation::Disable, Operation::Remove, Operation::Take] {
        let answer = operate(&test, operation, &admin, &own).await;
        assert_eq!(
            answer,
            Err(AdministrationError::OwnAccount),
            "{operation:?}"
        );
    }
    assert_eq!(test.stored(EMAIL).await.unwrap().roles, ["admin"]);
}

#[tokio::test]
async fn only_the_operator_chooses_a_password_for_others() {
    let test = TestService::new("");
    let (_, admin) = actor(&test, EMAIL, &["admin"]).await;
    let chosen = new_account("made@example.org", &[], Some(PASSWORD));
    let answer = test.service.create_account(&admin, &chosen).await.unwrap();
    assert!(matches!(answer, Err(AdministrationError::Forbidden(_))));

    let created = test
        .service
        .create_account(&Authority::Operator, &chosen)
        .await
        .unwrap();
    assert_eq!(created.unwrap().initial_password, None);
    test.login("made@example.org", PASSWORD).await;
}

#[tokio::test]
async fn a_role_counts_from_the_moment_it_is_granted_until_it_is_taken() {
    let test = TestService::new("");
    let (id, authority) = actor(&test, EMAIL, &[]).await;
    let forbidden = Err(AdministrationError::Forbidden("users:list".to_owned()));
    for _ in 0..2 {
        assert_eq!(
            operate(&test, Operation::List, &authority, &id).await,
            forbidden.clone()
        );
        for _ in 0..2 {
            let granted = test
                .service
                .grant_role(&Authority::Operator, &id, "admin", false)
                .await;
            assert_eq!(granted.unwrap().unwrap().roles, ["admin"]);
        }
        assert_eq!(
            operate(&test, Operation::List, &authority, &id).await,
            Ok(())
        );
        for _ in 0..2 {
            let taken = test
                .service
                .take_role(&Authority::Operator, &id, "admin")
                .await;
            assert!(taken.unwrap().unwrap().roles.is_empty());
        }
    }
}

const LADDER: &str = "
[roles.user]
[roles.admin]
allow = ['*:*']
[roles.helper]
allow = ['users:*', 'roles:*', 'sessions:*', 'tickets:read']
[roles.reader]
allow = ['tickets:read']
[roles.writer]
allow = ['tickets:*']
[roles.held]
deny = ['tickets:close']
";

#[tokio::test]
async fn nobody_hands_out_more_than_they_may_do() {
    let test = TestService::new(LADDER);
    let (own, helper) = actor(&test, EMAIL, &["helper"]).await;
    let target = test.account_with("target@example.org", &[]).await.id;
    for (role, answer) in [
        ("reader", Ok(())),
        ("helper", Ok(())),
        ("user", Ok(())),
        ("writer", Err(AdministrationError::BeyondOwnRights)),
        ("admin", Err(AdministrationError::BeyondOwnRights)),
        ("no-such-role", Err(AdministrationError::UnknownRole)),
    ] {
        for id in [&target, &own] {
            let granted = test
                .service
                .grant_role(&helper, id, role, false)
                .await
                .unwrap();
            assert_eq!(granted.map(|_| ()), answer, "{role}");
        }
        let account = new_account(&format!("{role}@example.org"), &["user", role], None);
        let created = test
            .service
            .create_account(&helper, &account)
            .await
            .unwrap();
        assert_eq!(created.map(|_| ()), answer, "{role}");
    }
    assert_eq!(
        test.stored(EMAIL).await.unwrap().roles,
        ["helper", "reader", "user"]
    );
}

#[tokio::test]
async fn nobody_touches_an_account_that_may_do_more() {
    let test = TestService::new(LADDER);
    let (_, helper) = actor(&test, EMAIL, &["helper"]).await;
    for role in ["admin", "writer"] {
        let stronger = test
            .account_with(&format!("{role}@example.org"), &[role])
            .await;
        for (operation, _) in OPERATIONS {
            if matches!(
                operation,
                Operation::Create | Operation::List | Operation::Read
            ) {
                continue;
            }
            let answer = operate(&test, operation, &helper, &stronger.id).await;
            assert_eq!(
                answer,
                Err(AdministrationError::BeyondOwnRights),
                "{operation:?} on {role}"
            );
        }
        assert_eq!(
            operate(&test, Operation::Read, &helper, &stronger.id).await,
            Ok(())
        );
    }
}

#[tokio::test]
async fn nobody_makes_an_account_stronger_by_taking_what_holds_it_back() {
    let test = TestService::new(LADDER);
    let (_, held) = actor(&test, EMAIL, &["helper", "writer", "held"]).await;
    let equal = test
        .account_with("equal@example.org", &["writer", "held"])
        .await
        .id;
    let answer = test.service.take_role(&held, &equal, "held").await.unwrap();
    assert_eq!(
        answer.map(|_| ()),
        Err(AdministrationError::BeyondOwnRights)
    );
    let taken = test
        .service
        .take_role(&held, &equal, "writer")
        .await
        .unwrap();
    assert_eq!(taken.unwrap().roles, ["held"]);
}

#[tokio::test]
async fn a_refused_act_is_noted_with_who_what_and_to_whom() {
    let policy = format!(
        "{DEFAULT_ROLES}\n[roles.helper]\nallow = ['users:*', 'roles:grant', 'roles:take']\n"
    );
    let test = TestService::new(&policy);
    let admin = test.account_with(EMAIL, &["admin"]).await.id;
    let (user, users) = actor(&test, "user@example.org", &["user"]).await;
    let (helper, helpers) = actor(&test, "helper@example.org", &["helper"]).await;
    test.events();
    for (operation, permission) in OPERATIONS {
        let refused = operate(&test, operation, &users, &admin).await;
        assert!(matches!(refused, Err(AdministrationError::Forbidden(_))));
        let events = test.audit().take();
        assert_eq!(events.len(), 1, "{operation:?}");
        assert_eq!(events[0].kind, AuditEventKind::AdministrationRefused);
        assert_eq!(events[0].actor.as_ref(), Some(&user));
        assert_eq!(events[0].object.as_deref(), Some(permission));
        let is_about_one = !matches!(operation, Operation::Create | Operation::List);
        assert_eq!(events[0].subject.as_ref(), is_about_one.then_some(&admin));
    }
    for (operation, target, permission) in [
        (Operation::Disable, &admin, "users:disable"),
        (Operation::Disable, &helper, "users:disable"),
        (Operation::Grant, &admin, "roles:grant"),
    ] {
        assert!(operate(&test, operation, &helpers, target).await.is_err());
        let events = test.audit().take();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].object.as_deref(), Some(permission));
        assert_eq!(events[0].subject.as_ref(), Some(target));
    }
    // What is wrong with the request is no lack of rights.
    let missing = operate(&test, Operation::Disable, &helpers, NOBODY).await;
    assert_eq!(missing, Err(AdministrationError::NotFound));
    assert!(test.events().is_empty());
}
