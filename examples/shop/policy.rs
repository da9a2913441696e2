//! Tests of the shop's policy in Rust, as a team keeps them in `tests/policy.rs` of its own crate.

use std::time::Duration;

use auth_harness::{Act, Person, Refusal, Scenario};
use auth_runtime::{AdministrationError, Decision, LoginError, RefreshError, TokenError};

const POLICY: &str = include_str!("shop.toml");

fn shop() -> Scenario {
    Scenario::new(POLICY).expect("the policy of the shop")
}

fn person(name: &str, role: &str) -> Person {
    Person::new(name).roles([role])
}

#[test]
fn only_finance_and_the_administrator_pay_back() {
    let shop = shop();
    for (role, may) in [
        ("customer", false),
        ("support", false),
        ("warehouse", false),
        ("finance", true),
        ("administrator", true),
    ] {
        let decision = shop.decide(&person("ann", role), "orders:refund", None);
        assert_eq!(matches!(decision, Decision::Allowed(_)), may, "{role}");
    }
}

#[test]
fn the_answer_names_the_rule_that_decided() {
    let bo = person("bo", "support");
    let mut shop = shop();
    shop.account(&bo).login(&bo);
    let Err(Refusal::Denied(rule)) = shop.play(bo.authorize("orders:refund")) else {
        panic!("support pays back");
    };
    assert_eq!((&*rule.role, &*rule.rule), ("support", "orders:refund"));
}

#[test]
fn who_guesses_is_blocked_and_the_owner_is_not() {
    let ann = Person::new("ann");
    let mut shop = shop();
    shop.register(&ann).expect(ann.login().from_device("phone"));
    let guess = ann.login().from_source("203.0.113.7").with_wrong_password();
    for _ in 0..5 {
        let refusal = shop.play(guess.clone()).unwrap_err();
        assert_eq!(refusal, Refusal::Login(LoginError::InvalidCredentials));
    }
    let refusal = shop.play(guess).unwrap_err();
    assert_eq!(refusal, Refusal::Login(LoginError::Throttled(60)));
    shop.expect(ann.login().from_device("phone"));
    shop.wait(Duration::from_secs(60));
    shop.expect(ann.login().from_source("203.0.113.7"));
}

#[test]
fn a_session_ends_when_it_is_not_used_for_a_day() {
    let ann = person("ann", "customer");
    let (hour, day) = (Duration::from_secs(3_600), Duration::from_secs(86_400));
    let mut shop = shop();
    shop.account(&ann).login(&ann);
    shop.wait(day - hour).expect(ann.refresh());
    let refusal = shop.wait(day + hour).play(ann.refresh()).unwrap_err();
    assert_eq!(refusal, Refusal::Refresh(RefreshError::Invalid));
}

#[test]
fn support_touches_no_administrator() {
    let (bo, ada) = (person("bo", "support"), person("ada", "administrator"));
    let mut shop = shop();
    shop.account(&bo).account(&ada).login(&bo);
    let refusal = shop.play(Act::end_sessions(&ada).by(&bo)).unwrap_err();
    let expected = Refusal::Administration(AdministrationError::BeyondOwnRights);
    assert_eq!(refusal, expected);
}

/// In every order of the calls, and with a call of a store that fails in each of them.
#[test]
fn who_is_disabled_is_out_even_if_he_refreshes_at_that_moment() {
    let (wes, ada) = (person("wes", "warehouse"), person("ada", "administrator"));
    let shop = shop().with_one_fault().with_invariants();
    let runs = shop.every_order(|shop| {
        shop.account(&wes).account(&ada).login(&wes).login(&ada);
        shop.together([Act::disable(&wes).by(&ada), wes.refresh()]);
        let refusal = shop.play(wes.who_am_i()).unwrap_err();
        assert_eq!(refusal, Refusal::Token(TokenError::Revoked));
        let refusal = shop.play(wes.login()).unwrap_err();
        assert_eq!(refusal, Refusal::Login(LoginError::AccountDisabled));
    });
    assert!(runs > 100, "{runs} runs");
}
