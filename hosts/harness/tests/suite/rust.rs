//! Scenarios in Rust: what they promise besides what the example of the shop shows.

use std::panic::{AssertUnwindSafe, catch_unwind};

use auth_harness::{Act, Person, Refusal, Scenario};
use auth_runtime::{AdministrationError, PasswordViolation, RegisterError, SetupError};

use super::POLICY;

fn scenario() -> Scenario {
    Scenario::new(POLICY).expect("the policy")
}

/// What a test says that panics.
fn complaint(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("a panic");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .expect("a message")
}

#[test]
fn a_refused_policy_is_an_error_with_its_places() {
    let error = Scenario::new("[roles.user]\n[roles.admin]\nallow = [\"orders\"]\n").err();
    let text = error.expect("an error").to_string();
    assert!(
        text.starts_with("the policy is refused\nline 3, column 10: "),
        "{text}"
    );
}

#[test]
fn each_call_answers_the_error_of_the_contract() {
    let (ann, ada) = (Person::new("ann"), Person::new("ada").roles(["admin"]));
    let mut service = scenario();
    let refusal = service.play(Person::new("cy").password("short").register());
    let too_short = RegisterError::WeakPassword(vec![PasswordViolation::TooShort]);
    assert_eq!(refusal.unwrap_err(), Refusal::Registration(too_short));
    service.expect(Act::begin_setup().save("code"));
    service.expect(ada.complete_setup());
    let refusal = service.play(ann.complete_setup().with_saved("code"));
    let used = Refusal::Setup(SetupError::InvalidToken);
    assert_eq!(refusal.unwrap_err(), used);
    assert_eq!(
        service.play(Act::begin_setup()).unwrap_err(),
        Refusal::SetupClosed
    );
    let reply = service
        .login(&ada)
        .play(Act::create(&ann).by(&ada))
        .unwrap();
    assert!(reply.initial_password.is_some() && reply.account_id.is_some());
    let refusal = service.play(Act::delete(&ada).by(&ada)).unwrap_err();
    let own = Refusal::Administration(AdministrationError::OwnAccount);
    assert_eq!(refusal, own);
    assert_eq!(refusal.to_string(), "own-account");
}

#[test]
fn tokens_of_two_devices_are_kept_apart() {
    let ann = Person::new("ann");
    let mut service = scenario();
    service.register(&ann);
    service.expect(ann.login().from_device("phone").save("phone"));
    service.expect(ann.login().from_device("laptop").save("laptop"));
    service.expect(ann.revoke_session("phone").with_saved("laptop"));
    assert!(service.play(ann.refresh().with_saved("phone")).is_err());
    let reply = service.play(ann.sessions().with_saved("laptop")).unwrap();
    assert_eq!(reply.sessions, Some(1));
}

#[test]
fn the_same_seed_gives_the_same_tokens() {
    let ann = Person::new("ann").roles(["user"]);
    let token = |seed| {
        let mut service = scenario().with_seed(seed).beginning_at(1_900_000_000_000);
        let reply = service.account(&ann).play(ann.login()).unwrap();
        reply.tokens.unwrap().refresh_token
    };
    assert_eq!(token(7), token(7));
    assert_ne!(token(7), token(8));
}

#[test]
fn a_mistake_in_a_test_is_named() {
    let ann = Person::new("ann").roles(["clerk"]);
    let unknown = || {
        scenario().account(&Person::new("bo").roles(["boss"]));
    };
    for (says, said) in [
        (
            "`bob` has not logged in yet",
            complaint(|| {
                let _ = scenario().play(Person::new("bob").refresh());
            }),
        ),
        ("unknown-role", complaint(unknown)),
        (
            "`login` as ann was refused: invalid-credentials",
            complaint(|| {
                scenario()
                    .account(&ann)
                    .expect(ann.login().with_wrong_password());
            }),
        ),
        (
            "1 to 8 acts can happen together",
            complaint(|| {
                let _ = scenario().together([]);
            }),
        ),
        (
            "`orders` is no permission",
            complaint(|| {
                let _ = scenario().decide(&ann, "orders", None);
            }),
        ),
    ] {
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_test_that_fails_in_one_order_names_the_order() {
    let ann = Person::new("ann").roles(["user"]);
    let said = complaint(|| {
        scenario().every_order(|service| {
            service.account(&ann).expect(ann.login().save("t0"));
            let both = [
                ann.logout().with_saved("t0"),
                ann.refresh().with_saved("t0"),
            ];
            let outcomes = service.together(both);
            assert!(outcomes[1].is_err(), "the refresh came first");
        });
    });
    assert!(
        said.starts_with("the refresh came first\nin this order: "),
        "{said}"
    );
    assert!(
        said.contains("refresh 2 sessions.replace, logout 1 "),
        "{said}"
    );
}
