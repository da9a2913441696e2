//! Where accounts come from, and which roles they may get.

use auth_flows::SOURCE;
use auth_runtime::AccountOrigin;

use super::*;

const ROLES: &str = "[roles.user]\n[roles.admin]\nallow = ['*:*']\n[roles.reader]\n\
                     allow = ['users:read']\n[roles.editor]\nallow = ['documents:*']\n";

#[tokio::test]
async fn an_account_keeps_its_origin() {
    let test = TestService::new(ROLES);
    let (_, admin) = actor(&test, "admin@example.org", &["admin"]).await;
    test.service
        .register(EMAIL, PASSWORD, SOURCE)
        .await
        .unwrap()
        .unwrap();
    let made = new_account("made@example.org", &[], None);
    let made = test.service.create_account(&admin, &made).await.unwrap();
    assert_eq!(made.unwrap().account.origin, AccountOrigin::Created);

    let all = page(10, None);
    let listed = test.service.list_accounts(&admin, "", &all);
    let listed = listed.await.unwrap().unwrap().items;
    let origins: Vec<_> = listed
        .iter()
        .map(|account| (account.email.as_str(), account.origin))
        .collect();
    assert_eq!(
        origins,
        [
            (EMAIL, AccountOrigin::Registered),
            ("admin@example.org", AccountOrigin::Operator),
            ("made@example.org", AccountOrigin::Created),
        ]
    );
    // A change keeps it.
    let id = &listed[0].id;
    let changed = test.service.grant_role(&admin, id, "editor", false).await;
    assert_eq!(changed.unwrap().unwrap().origin, AccountOrigin::Registered);
}

#[tokio::test]
async fn the_set_up_makes_an_account_of_the_operator() {
    let test = TestService::new(ROLES);
    let token = test.service.begin_setup().await.unwrap().unwrap();
    let made = test.service.complete_setup(&token, EMAIL, PASSWORD).await;
    assert_eq!(made.unwrap().unwrap().origin, AccountOrigin::Operator);
}

#[tokio::test]
async fn a_role_that_administers_goes_to_a_registered_account_only_if_that_is_meant() {
    let test = TestService::new(ROLES);
    let (_, admin) = actor(&test, "admin@example.org", &["admin"]).await;
    test.service
        .register(EMAIL, PASSWORD, SOURCE)
        .await
        .unwrap()
        .unwrap();
    let registered = test.stored(EMAIL).await.unwrap().id;
    let created = test.account_with("made@example.org", &[]).await.id;
    let unproved = Err(AdministrationError::UnprovedAddress);
    for (id, role, allow, expected) in [
        (&registered, "editor", false, Ok(())),
        (&registered, "reader", false, unproved.clone()),
        (&registered, "admin", false, unproved.clone()),
        (&created, "admin", false, Ok(())),
        (&registered, "reader", true, Ok(())),
        // It has the role already.
        (&registered, "reader", false, Ok(())),
        (&registered, "admin", false, unproved),
    ] {
        for authority in [&admin, &Authority::Operator] {
            let granted = test.service.grant_role(authority, id, role, allow).await;
            assert_eq!(granted.unwrap().map(drop), expected, "{role} {allow}");
        }
    }
}

#[tokio::test]
async fn a_role_beyond_what_a_token_holds_is_not_given() {
    let names: Vec<_> = (0..140).map(|number| format!("r{number:059}")).collect();
    let defined: String = names
        .iter()
        .map(|name| format!("[roles.{name}]\n"))
        .collect();
    let test = TestService::new(&format!("{DEFAULT_ROLES}{defined}"));
    let id = test.account_with(EMAIL, &[]).await.id;
    let operator = Authority::Operator;
    let mut granted = 0;
    for name in &names {
        match test
            .service
            .grant_role(&operator, &id, name, false)
            .await
            .unwrap()
        {
            Ok(_) => granted += 1,
            Err(error) => assert_eq!(error, AdministrationError::TooManyRoles),
        }
    }
    assert_eq!(granted, 63);
    let tokens = test.login(EMAIL, PASSWORD).await;
    assert_eq!(
        test.who_am_i(&tokens.access_token)
            .await
            .unwrap()
            .roles
            .len(),
        63
    );

    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let too_many = new_account("made@example.org", &names, Some(PASSWORD));
    let made = test.service.create_account(&operator, &too_many).await;
    assert_eq!(
        made.unwrap().unwrap_err(),
        AdministrationError::TooManyRoles
    );
    let enough = new_account("made@example.org", &names[..63], Some(PASSWORD));
    let made = test.service.create_account(&operator, &enough).await;
    assert!(made.unwrap().is_ok());
}
