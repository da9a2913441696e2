//! Tokens begin and end at their stated times, with exactly the leeway of the policy.

use std::time::{SystemTime, UNIX_EPOCH};

use auth_end_to_end::{Options, QUICK_POLICY, wait_until};

use crate::test_service::{TestService, forgery};

/// The smallest and the default leeway of the policy, in seconds.
const LEEWAYS: [u64; 2] = [0, 30];

fn test(leeway: u64) -> TestService {
    let policy = format!("{QUICK_POLICY}[token]\nleeway_seconds = {leeway}\n");
    TestService::open_with("EdDSA", &Options::default().policy(&policy))
}

/// Milliseconds since 1970, on the clock that the server uses too.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(now.expect("after 1970").as_millis()).expect("a time")
}

/// Asks repeatedly until an answer on each side of the boundary was seen. Each answer must be right
/// at some moment between question and answer.
fn cross(test: &TestService, token: &str, boundary: u64, good: impl Fn(u64) -> bool) {
    let mut seen = (false, false);
    wait_until("both sides of a boundary", || {
        let before = now();
        let [_, reply] = test.ask(token.as_bytes());
        let after = now();
        let possible = [good(before), good(after)];
        match reply.status {
            200 => assert!(possible.contains(&true), "{boundary}: good at {before}"),
            401 => assert!(possible.contains(&false), "{boundary}: bad at {after}"),
            _ => panic!("{reply:?}"),
        }
        match before < boundary {
            true => seen.0 = true,
            false => seen.1 = true,
        }
        (seen == (true, true)).then_some(())
    });
}

#[test]
fn a_token_ends_exactly() {
    for leeway in LEEWAYS {
        let test = test(leeway);
        // A boundary in whole seconds, shortly ahead.
        let end = now() / 1000 + 2;
        let exp = (end - leeway).to_string();
        let token = test.with_claim("exp", Some(&exp));
        cross(&test, &token, end * 1000, |now| now < end * 1000);
        test.refuse(vec![forgery("an expired token", token)]);
    }
}

#[test]
fn a_token_begins_exactly() {
    for leeway in LEEWAYS {
        let test = test(leeway);
        for name in ["iat", "nbf"] {
            let begin = now() / 1000 + 2;
            let time = (begin + leeway).to_string();
            let token = test.with_claim(name, Some(&time));
            cross(&test, &token, begin * 1000, |now| now >= begin * 1000);
            test.accept(name, &token);
        }
    }
}

#[test]
fn refuses_tokens_of_the_past_and_of_the_future() {
    let test = test(30);
    let now = now() / 1000;
    let mut forgeries = Vec::new();
    for (name, time) in [
        ("exp", 0),
        ("exp", 1),
        ("exp", now - 31),
        ("exp", now - 3600),
        ("iat", now + 3600),
        ("iat", 9_007_199_254_740_992),
        ("nbf", now + 3600),
        ("nbf", 9_007_199_254_740_992),
    ] {
        let token = test.with_claim(name, Some(&time.to_string()));
        forgeries.push(forgery(format!("{name} {time}"), token));
    }
    test.refuse(forgeries);
}
