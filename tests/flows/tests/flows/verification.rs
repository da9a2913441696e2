use std::sync::Arc;

use auth_flows::{EMAIL, PASSWORD, TestService, adapter_fault};
use auth_memory::QuickKeys;
use auth_runtime::{
    Claims, Clock, DecideError, Decision, Expectation, Limits, MatchedRule, Question, TokenError,
    Tokens,
};

const POLICY: &str = "
[registration]
roles = ['reader']

[roles.admin]
allow = ['*:*']

[roles.reader]
allow = ['articles:read']
allow_own = ['articles:write']

[roles.editor]
inherits = ['reader']
allow = ['articles:*']
deny = ['articles:delete']
";

async fn in_house(roles: &[&str]) -> (TestService, Tokens) {
    let test = TestService::new(POLICY);
    test.account_with(EMAIL, roles).await;
    let tokens = test.login(EMAIL, PASSWORD).await;
    (test, tokens)
}

fn verify(test: &TestService, token: &str, expected: &Expectation) -> Result<Claims, TokenError> {
    test.verifier.verify(token, expected).unwrap()
}

#[tokio::test]
async fn a_token_says_what_was_issued() {
    let (test, first) = in_house(&["editor", "reader"]).await;
    let logged_in_at = test.clock.now() / 1000;
    test.wait_millis(61_900);
    let tokens = test.refresh(&first.refresh_token).await.unwrap();

    let claims = verify(&test, &tokens.access_token, &test.expectation()).unwrap();
    let account = test.stored(EMAIL).await.unwrap();
    assert_eq!(claims.subject, account.id);
    assert_eq!(claims.session_id, tokens.session_id);
    assert_eq!(claims.roles, ["editor", "reader"]);
    assert_eq!(claims.issuer, "https://auth.example.org");
    assert_eq!(claims.audience, ["https://api.example.org"]);
    assert_eq!(claims.client_id, "countersign");
    assert_eq!(claims.methods, ["pwd"]);
    assert_eq!(claims.authenticated_at, logged_in_at);
    assert_eq!(claims.issued_at, logged_in_at + 61);
    assert_eq!(claims.expires_at, claims.issued_at + 600);
    let earlier = verify(&test, &first.access_token, &test.expectation()).unwrap();
    assert_ne!(claims.token_id, earlier.token_id);
}

#[tokio::test]
async fn a_token_is_good_for_its_issuer_its_audience_and_its_time() {
    let (test, tokens) = in_house(&[]).await;
    let expected = test.expectation();
    let start = test.clock.now();
    let issuer = Expectation {
        issuer: "https://other.example".to_owned(),
        ..expected.clone()
    };
    let audience = Expectation {
        audience: "https://other.example".to_owned(),
        ..expected.clone()
    };
    let leeway = |seconds| Expectation {
        leeway_seconds: seconds,
        ..expected.clone()
    };
    for (expected, moved, answer) in [
        (&expected, 0, None),
        (&issuer, 0, Some(TokenError::WrongIssuer)),
        (&audience, 0, Some(TokenError::WrongAudience)),
        (&leeway(0), 599_999, None),
        (&leeway(0), 600_000, Some(TokenError::Expired)),
        (&leeway(30), 629_999, None),
        (&leeway(30), 630_000, Some(TokenError::Expired)),
        (&leeway(u32::MAX), 659_999, None),
        (&leeway(u32::MAX), 660_000, Some(TokenError::Expired)),
        (&leeway(0), -1, Some(TokenError::NotYetValid)),
        (&leeway(30), -30_000, None),
        (&leeway(30), -30_001, Some(TokenError::NotYetValid)),
    ] {
        test.clock.set(start.checked_add_signed(moved).unwrap());
        let verified = verify(&test, &tokens.access_token, expected);
        assert_eq!(verified.err(), answer, "{moved}");
    }
}

#[tokio::test]
async fn a_changed_token_is_refused_at_every_byte() {
    let (test, tokens) = in_house(&["reader"]).await;
    let (token, expected) = (&tokens.access_token, test.expectation());
    for place in 0..token.len() {
        for letter in ['A', 'Q', '_', '.', '\u{0}'] {
            let changed = format!("{}{letter}{}", &token[..place], &token[place + 1..]);
            if changed != *token {
                verify(&test, &changed, &expected).unwrap_err();
            }
        }
    }
    for length in 0..token.len() {
        verify(&test, &token[..length], &expected).unwrap_err();
    }
    assert_eq!(
        verify(&test, &"a".repeat(200_000), &expected),
        Err(TokenError::TooLarge)
    );
    verify(&test, token, &expected).unwrap();
}

#[tokio::test]
async fn a_token_of_another_key_is_refused() {
    let (test, tokens) = in_house(&[]).await;
    for (id, secret, fault) in [
        ("quick-2", "a secret", TokenError::UnknownKey),
        ("quick-1", "another secret", TokenError::BadSignature),
    ] {
        let keys = Arc::new(QuickKeys::new(id, secret));
        let other = test.changed(|lent| lent.verifier.keyring = keys, Limits::default());
        let verified = verify(&other, &tokens.access_token, &test.expectation());
        assert_eq!(verified, Err(fault));
    }
}

#[tokio::test]
async fn a_host_learns_what_to_check_before_it_has_a_key() {
    let (test, tokens) = in_house(&[]).await;
    let token = tokens.access_token;
    let keyless = Arc::new(QuickKeys::new("quick-2", "a secret"));
    let mut keyring = None;
    let other = test.changed(
        |lent| keyring = Some(std::mem::replace(&mut lent.verifier.keyring, keyless)),
        Limits::default(),
    );
    let signature = other.verifier.read_signature(&token).unwrap().unwrap();
    let signed = &token[..token.rfind('.').unwrap()];
    assert_eq!(
        (signature.key_id.as_str(), signature.message.as_str()),
        ("quick-1", signed)
    );
    let keyring = keyring.unwrap();
    let is_right = keyring.verify("quick-1", signed.as_bytes(), &signature.bytes);
    assert!(is_right.unwrap());

    let refusal = |token: &str| other.verifier.read_signature(token).unwrap().unwrap_err();
    assert_eq!(refusal(signed), TokenError::Malformed);
    assert_eq!(refusal(&"a".repeat(1 << 20)), TokenError::TooLarge);
    assert_eq!(
        refusal(&format!("{token}=")),
        TokenError::Malformed,
        "padding"
    );
}

#[tokio::test]
async fn neither_verification_nor_a_decision_touches_a_store() {
    let (test, tokens) = in_house(&["reader"]).await;
    test.stores.fail_after(0, adapter_fault);
    test.stores.take_calls();
    let expected = test.expectation();
    verify(&test, &tokens.access_token, &expected).unwrap();
    let allowed = test
        .verifier
        .authorize(&tokens.access_token, &expected, "articles:read", None);
    assert!(matches!(allowed.unwrap(), Ok(Decision::Allowed(_))));
    assert!(test.stores.take_calls().is_empty());
}

fn matched(role: &str, rule: &str, via: &[&str]) -> MatchedRule {
    MatchedRule {
        role: role.to_owned(),
        rule: rule.to_owned(),
        via: via.iter().map(|name| (*name).to_owned()).collect(),
    }
}

#[tokio::test]
async fn a_decision_names_the_rule_that_made_it() {
    let own = Some("me");
    let reader = matched("reader", "articles:read", &["reader"]);
    let writer = matched("reader", "articles:write", &["reader"]);
    let editor = matched("editor", "articles:*", &["editor"]);
    let inherited = matched("editor", "articles:delete", &["editor"]);
    for (roles, permission, owner, decision) in [
        (
            &["reader"][..],
            "articles:read",
            None,
            Decision::Allowed(reader.clone()),
        ),
        (
            &["reader"],
            "articles:write",
            own,
            Decision::Allowed(writer),
        ),
        (
            &["reader"],
            "articles:write",
            Some("another"),
            Decision::Unmatched,
        ),
        (&["reader"], "articles:write", None, Decision::Unmatched),
        (
            &["editor"],
            "articles:print",
            None,
            Decision::Allowed(editor),
        ),
        (
            &["editor"],
            "articles:delete",
            own,
            Decision::Denied(inherited.clone()),
        ),
        (
            &["admin", "editor"],
            "articles:delete",
            None,
            Decision::Denied(inherited),
        ),
        (
            &["a-role-that-is-gone", "reader"],
            "articles:read",
            None,
            Decision::Allowed(reader),
        ),
        (&[], "articles:read", own, Decision::Unmatched),
    ] {
        let question = Question {
            subject: "me".to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            permission: permission.to_owned(),
            owner: owner.map(str::to_owned),
        };
        let test = TestService::new(POLICY);
        let decided = test.verifier.decide(&question).unwrap();
        assert_eq!(decided, Ok(decision), "{roles:?} {permission} {owner:?}");
    }
}

#[tokio::test]
async fn a_token_is_decided_for_its_subject_and_its_roles() {
    let (test, tokens) = in_house(&["reader"]).await;
    let (expected, id) = (test.expectation(), test.stored(EMAIL).await.unwrap().id);
    let authorize = |token: &str, permission: &str, owner: Option<&str>| {
        test.verifier
            .authorize(token, &expected, permission, owner)
            .unwrap()
    };
    let token = &tokens.access_token;
    let own = Decision::Allowed(matched("reader", "articles:write", &["reader"]));
    assert_eq!(authorize(token, "articles:write", Some(&id)), Ok(own));
    assert_eq!(
        authorize(token, "articles:write", Some("another")),
        Ok(Decision::Unmatched)
    );
    for permission in [
        "",
        "articles",
        "articles:*",
        "Articles:read",
        "articles:read:all",
    ] {
        let malformed = Err(DecideError::MalformedPermission);
        assert_eq!(
            authorize(token, permission, None),
            malformed,
            "{permission}"
        );
    }
    let refused = Err(DecideError::Token(TokenError::Malformed));
    assert_eq!(authorize("a.b.c", "articles:read", None), refused);
    test.wait(3_600);
    let refused = Err(DecideError::Token(TokenError::Expired));
    assert_eq!(authorize(token, "articles:read", None), refused);
}
