use auth_flows::{EMAIL, PASSWORD, SOURCE, TestService, together};
use auth_runtime::{
    AuditEventKind, Authority, EmailViolation, PageRequest, PasswordViolation, RegisterError,
    Registered,
};

const DISCLOSE: &str = "registration.answer = 'disclose'";

async fn register(
    test: &TestService,
    email: &str,
    password: &str,
) -> Result<Registered, RegisterError> {
    let registered = test.service.register(email, password, SOURCE);
    registered.await.unwrap()
}

#[tokio::test]
async fn a_new_and_a_taken_address_get_one_answer_at_the_cost_of_one_hash() {
    let test = TestService::new("");
    let mut first = None;
    for (email, password) in [
        (EMAIL, PASSWORD),
        (EMAIL, PASSWORD),
        (EMAIL, "another password altogether"),
        ("  ADA@EXAMPLE.ORG ", "another password altogether"),
    ] {
        test.hasher.take_work();
        assert_eq!(
            register(&test, email, password).await,
            Ok(Registered::Accepted),
            "{email}"
        );
        let work = test.hasher.take_work();
        assert_eq!((work.hashes, work.verifications), (1, 0), "{email}");
        let stored = test
            .stored(EMAIL)
            .await
            .map(|account| (account.id, account.version));
        assert_eq!(stored, *first.get_or_insert_with(|| stored.clone()));
    }
    assert_eq!(test.count_events(AuditEventKind::AccountCreated), 1);
    test.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn an_address_is_shown_as_typed_and_found_in_any_case() {
    let test = TestService::new(DISCLOSE);
    let registered = register(&test, " Ada@Example.ORG ", PASSWORD).await;
    let Ok(Registered::Created(view)) = registered else {
        panic!("not created")
    };
    assert_eq!(view.email, "Ada@Example.ORG");
    assert_eq!(view.roles, ["user"]);
    let tokens = test.login("aDA@example.oRG", PASSWORD).await;
    assert_eq!(test.who_am_i(&tokens.access_token).await, Ok(view));
}

#[tokio::test]
async fn a_policy_may_disclose_that_an_address_is_taken() {
    let test = TestService::new(DISCLOSE);
    assert!(matches!(
        register(&test, EMAIL, PASSWORD).await,
        Ok(Registered::Created(_))
    ));
    test.hasher.take_work();
    assert_eq!(
        register(&test, EMAIL, PASSWORD).await,
        Err(RegisterError::EmailTaken)
    );
    assert_eq!(test.hasher.take_work().hashes, 1);
}

#[tokio::test]
async fn a_closed_registration_costs_no_hash_and_no_look() {
    let test = TestService::new("registration.mode = 'closed'");
    for (email, password) in [(EMAIL, PASSWORD), ("", ""), ("nobody", PASSWORD)] {
        assert_eq!(
            register(&test, email, password).await,
            Err(RegisterError::Closed)
        );
    }
    assert_eq!(test.hasher.take_work().hashes, 0);
    assert!(test.stores.take_calls().is_empty());
}

#[tokio::test]
async fn a_fault_is_named_before_anything_is_done() {
    use PasswordViolation::{Common, ForbiddenCharacter, Guessable, TooLong, TooShort};
    let test = TestService::new("");
    let weak = |faults: &[PasswordViolation]| RegisterError::WeakPassword(faults.to_vec());
    for (email, password, fault) in [
        (
            "",
            PASSWORD,
            RegisterError::InvalidEmail(EmailViolation::Empty),
        ),
        (
            "ada",
            PASSWORD,
            RegisterError::InvalidEmail(EmailViolation::NotAnAddress),
        ),
        (
            "ada@localhost",
            PASSWORD,
            RegisterError::InvalidEmail(EmailViolation::BadDomain),
        ),
        (EMAIL, "fourteen chars", weak(&[TooShort])),
        (
            EMAIL,
            "a bell\u{7} rings for dinner",
            weak(&[ForbiddenCharacter]),
        ),
        (EMAIL, "passwordpassword", weak(&[Common])),
        (EMAIL, "countersign-2024", weak(&[Guessable])),
        (
            "grace.hopper@example.org",
            "gracehopper12345",
            weak(&[Guessable]),
        ),
        (EMAIL, &"long".repeat(65), weak(&[TooLong])),
    ] {
        assert_eq!(
            register(&test, email, password).await,
            Err(fault),
            "{email} {password}"
        );
    }
    assert_eq!(test.hasher.take_work().hashes, 0);
    assert!(test.stores.take_calls().is_empty());
}

#[tokio::test]
async fn a_full_queue_leaves_nothing_behind() {
    let test = TestService::new("");
    test.hasher.set_full(true);
    assert_eq!(
        register(&test, EMAIL, PASSWORD).await,
        Err(RegisterError::Busy)
    );
    assert_eq!(test.stores.take_calls(), ["throttle.find"]);
    assert!(test.events().is_empty());
}

#[tokio::test]
async fn a_password_is_kept_as_the_policy_says() {
    for (policy, head) in [
        ("", "$bcrypt-sha256$v=2,t=2b,r=12$"),
        ("hashing.bcrypt_cost = 14", "$bcrypt-sha256$v=2,t=2b,r=14$"),
        (
            "hashing.scheme = 'argon2id'",
            "$argon2id$v=19$m=19456,t=2,p=1$",
        ),
    ] {
        let test = TestService::new(policy);
        register(&test, EMAIL, PASSWORD).await.unwrap();
        assert!(
            test.stored(EMAIL)
                .await
                .unwrap()
                .password_hash
                .starts_with(head),
            "{policy}"
        );
        test.login(EMAIL, PASSWORD).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_registrations_of_one_address_make_one_account() {
    for policy in ["", DISCLOSE] {
        let unbound = "throttle.registration.failures = 1000";
        let test = TestService::new(&format!("{policy}\n{unbound}"));
        let answers = together((0..100).map(|number| {
            let test = if number % 2 == 0 {
                test.clone()
            } else {
                test.second_process()
            };
            async move { register(&test, EMAIL, PASSWORD).await }
        }))
        .await;
        let created = answers
            .iter()
            .filter(|answer| matches!(answer, Ok(Registered::Created(_))))
            .count();
        let taken = answers
            .iter()
            .filter(|answer| **answer == Err(RegisterError::EmailTaken))
            .count();
        let expected = if policy == DISCLOSE { (1, 99) } else { (0, 0) };
        assert_eq!((created, taken), expected);
        assert_eq!(test.count_events(AuditEventKind::AccountCreated), 1);
        let all = PageRequest {
            limit: 200,
            cursor: None,
        };
        let accounts = test
            .service
            .list_accounts(&Authority::Operator, "", &all)
            .await;
        assert_eq!(accounts.unwrap().unwrap().items.len(), 1);
    }
}
