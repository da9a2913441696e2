use super::{complaints, run_cases};

fn story(steps: &str) -> Vec<String> {
    complaints(&run_cases(&format!(
        "[[story]]\nname = \"s\"\nsteps = [\n{steps}\n]\n"
    )))
}

#[test]
fn a_step_that_differs_is_named_with_its_place() {
    for (steps, expected) in [
        (
            "{ do = \"login\", as = \"ann\", wrong = true }",
            "9:1 s: expected ok, actual invalid-credentials",
        ),
        (
            "{ do = \"login\", as = \"ann\", wrong = true, times = 6, expect = \"invalid-credentials\" }",
            "9:1 s: expected invalid-credentials, actual throttled for 60s; the 6. time of 6",
        ),
        (
            "{ do = \"refresh\", as = \"ann\" }",
            "9:1 s: expected a call, actual `ann` has not logged in yet",
        ),
        (
            "{ do = \"login\", as = \"ann\", save = \"a\" },\n{ do = \"refresh\", as = \"ann\", use = \"b\" }",
            "10:1 s: expected a call, actual no earlier step saved tokens as `b`",
        ),
        (
            "{ do = \"login\", as = \"ann\" },\n{ do = \"sessions\", as = \"ann\", count = 2 }",
            "10:1 s: expected 2 sessions, actual 1 sessions",
        ),
        (
            "{ do = \"login\", as = \"bo\" },\n{ do = \"disable\", on = \"ann\", by = \"bo\" }",
            "10:1 s: expected ok, actual forbidden: users:disable",
        ),
        (
            "{ do = \"login\", as = \"bo\" },\n{ do = \"authorize\", as = \"bo\", ask = \"orders:refund\" }",
            "10:1 s: expected ok, actual denied: deny orders:refund of the role clerk",
        ),
    ] {
        assert_eq!(story(steps), [expected], "{steps}");
    }
}

#[test]
fn every_verb_goes_through_the_real_flows() {
    let steps = r#"
        { do = "register", as = "ann" },
        { do = "login", as = "ann", device = "phone", save = "one" },
        { do = "refresh", as = "ann", device = "phone", key = "k1" },
        { do = "who-am-i", as = "ann" },
        { do = "authorize", as = "ann", ask = "orders:read", owner = "ann" },
        { do = "authorize", as = "ann", ask = "orders:read", owner = "bo", expect = "denied" },
        { do = "login", as = "ann", save = "two" },
        { do = "sessions", as = "ann", count = 2 },
        { do = "revoke-session", as = "ann", session = "one" },
        { do = "revoke-session", as = "ann", session = "one", expect = "not-found" },
        { do = "change-password", as = "ann", wrong = true, new = "seven geese cross a slow river", expect = "wrong-password" },
        { do = "change-password", as = "ann", new = "short", expect = "weak-password" },
        { do = "change-password", as = "ann", device = "phone", new = "seven geese cross a slow river" },
        { do = "login", as = "ada" },
        { do = "create", on = "bo", by = "ada" },
        { do = "login", as = "bo", expect = "replacement-required" },
        { do = "login", as = "bo", new = "five crows above the old mill" },
        { do = "login", as = "bo" },
        { do = "grant", on = "ann", role = "clerk" },
        { do = "grant", on = "ann", role = "admin", expect = "unproved-address" },
        { do = "grant", on = "ann", role = "baker", expect = "unknown-role" },
        { do = "take", on = "ann", role = "clerk", by = "ada" },
        { do = "unlock", on = "ann", by = "ada" },
        { do = "disable", on = "ann", by = "ada" },
        { do = "login", as = "ann", expect = "account-disabled" },
        { do = "enable", on = "ann", by = "ada" },
        { do = "login", as = "ann" },
        { do = "end-sessions", on = "ann", by = "ada" },
        { do = "who-am-i", as = "ann", expect = "revoked" },
        { do = "logout", as = "ada" },
        { do = "delete", on = "bo" },
        { do = "login", as = "bo", expect = "invalid-credentials" },
    "#;
    assert_eq!(story(steps), [""; 0]);
}

#[test]
fn what_holds_in_one_order_only_is_found_with_that_order() {
    // Each refresh alone would succeed; which of the two ends the session depends on their order.
    let together = |orders: &str| {
        format!(
            "{{ do = \"login\", as = \"ann\", save = \"t\" }},\n\
             {{ together = [{{ do = \"logout\", as = \"ann\" }}, {{ do = \"refresh\", as = \"ann\", use = \"t\", expect = \"invalid\" }}], orders = \"{orders}\" }}"
        )
    };
    assert_eq!(story(&together("one")), [""; 0]);
    let complaints = story(&together("all"));
    assert_eq!(complaints.len(), 1);
    assert!(
        complaints[0].contains("expected invalid, actual ok; in this order: "),
        "{complaints:?}"
    );
    assert!(
        complaints[0].contains("refresh 2 sessions.replace, logout 1 sessions."),
        "{complaints:?}"
    );
}

#[test]
fn outcomes_of_acts_together_are_compared_in_any_order() {
    let refreshes = |expect: &str| {
        format!(
            "{{ do = \"login\", as = \"ann\", save = \"t\" }},\n\
             {{ together = [{{ do = \"refresh\", as = \"ann\", use = \"t\", times = 3 }}], orders = \"one\", expect = {expect} }}"
        )
    };
    assert_eq!(story(&refreshes("[\"ok\", \"ok\", \"ok\"]")), [""; 0]);
    let complaints = story(&refreshes("[\"ok\", \"ok\", \"reused\"]"));
    assert!(
        complaints[0].contains("expected ok, ok, reused, actual ok, ok, ok"),
        "{complaints:?}"
    );
    assert!(story(&refreshes("[\"ok\"]"))[0].contains("1 outcomes are expected of 3 acts"));
}

/// What events do, in stories whose sessions end after 14 days without use and whose tokens live ten
/// minutes.
#[test]
fn events_set_clocks_and_rotate_keys() {
    for (what, steps) in [
        (
            "a store drops a session before its end",
            r#"{ do = "login", as = "ann" }, { wait = "13d" }, { event = "stores 2d" },
               { do = "refresh", as = "ann", expect = "invalid" }"#,
        ),
        (
            "a store keeps a session after its end, and it is refused all the same",
            r#"{ do = "login", as = "ann" }, { event = "stores -2d" }, { wait = "15d" },
               { do = "refresh", as = "ann", expect = "invalid" }"#,
        ),
        (
            "a verifier's clock ends a token",
            r#"{ do = "login", as = "ann" }, { event = "verifiers 11m" },
               { do = "authorize", as = "ann", ask = "orders:read", owner = "ann", expect = "expired" }"#,
        ),
        (
            "a clock goes backwards while a session is used",
            r#"{ event = "first-host 5s" }, { do = "login", as = "ann", save = "t" },
               { do = "refresh", as = "ann" }, { event = "first-host -5s" },
               { do = "refresh", as = "ann" }, { do = "who-am-i", as = "ann" }"#,
        ),
        (
            "a clock that goes back by more than the grace ends it",
            r#"{ do = "login", as = "ann", save = "t" }, { do = "refresh", as = "ann" },
               { event = "first-host -1m" },
               { do = "refresh", as = "ann", use = "t", expect = "reused" }"#,
        ),
        (
            "the second host is ahead, and its tokens begin later",
            r#"{ event = "second-host 1h" },
               { together = [{ do = "login", as = "ann" }, { do = "login", as = "bo" }] },
               { do = "authorize", as = "ann", ask = "orders:read", owner = "ann" },
               { do = "authorize", as = "bo", ask = "orders:read", expect = "not-yet-valid" }"#,
        ),
        (
            "earlier keys and secrets still verify",
            r#"{ do = "login", as = "ann", save = "t" }, { event = "rotate key" },
               { event = "rotate secret" }, { do = "who-am-i", as = "ann" },
               { do = "refresh", as = "ann" }, { do = "refresh", as = "ann", use = "t" }"#,
        ),
        (
            "a key is rotated in the middle of a login",
            r#"{ together = [{ do = "login", as = "ann" }], order = ["1", "rotate key", "1", "rotate secret"] },
               { do = "who-am-i", as = "ann" }, { do = "refresh", as = "ann" }"#,
        ),
    ] {
        assert_eq!(story(steps), [""; 0], "{what}");
    }
    let unknown = story(r#"{ event = "third-host 5s" }, { do = "login", as = "ann" }"#);
    assert!(
        unknown[0].contains("`third-host 5s` is no event"),
        "{unknown:?}"
    );
}
