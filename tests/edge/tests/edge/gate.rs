use std::time::Duration;

use auth_edge_tests::{TestGate, TestIssuer};
use auth_gate::{Asked, Gate, Refusal};
use auth_runtime::{Algorithm, Claims, TokenError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::POLICY;

const SECOND: Duration = Duration::from_secs(1);

struct Test {
    gate: Gate,
    test: TestGate,
}

impl std::ops::Deref for Test {
    type Target = TestGate;

    fn deref(&self) -> &TestGate {
        &self.test
    }
}

impl Test {
    fn new(policy: &str, keys: Option<Value>) -> Self {
        let (test, gate) = TestGate::new(policy);
        test.publish(keys);
        Self { gate, test }
    }

    async fn judge(
        &self,
        token: &str,
        method: &str,
        target: &str,
    ) -> Result<Option<Claims>, Refusal> {
        let asked = Asked {
            method,
            target,
            permissions: &[],
        };
        self.gate.judge(&bearer(token), asked).await
    }
}

fn bearer(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !token.is_empty() {
        let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

fn issuer() -> TestIssuer {
    TestIssuer::new(Algorithm::EdDsa, "a")
}

#[tokio::test]
async fn who_passes_is_what_the_routes_say() {
    let issuer = issuer();
    let test = Test::new(POLICY, Some(json!([issuer.jwk()])));
    let reader = test.token(&issuer, &["reader"]);
    let admin = test.token(&issuer, &["admin"]);
    for (token, method, target, refusal) in [
        (&reader, "GET", "/articles/7", None),
        (&reader, "HEAD", "/articles/7", None),
        (
            &reader,
            "PUT",
            "/articles/7",
            Some(Refusal::Permission("articles:write".into())),
        ),
        (&reader, "get", "/ARTICLES/7/", None),
        (&admin, "PUT", "/articles/7", None),
        (&admin, "GET", "/articles", Some(Refusal::NoRoute)),
        (
            &admin,
            "GET",
            "/articles/../me",
            Some(Refusal::AmbiguousPath),
        ),
        (&reader, "POST", "/me", None),
        (&String::new(), "POST", "/me", Some(Refusal::TokenRequired)),
        (&String::new(), "GET", "/nothing", Some(Refusal::NoRoute)),
    ] {
        let judged = test.judge(token, method, target).await;
        assert_eq!(judged.as_ref().err(), refusal.as_ref(), "{method} {target}");
        assert!(judged.map_or(true, |claims| claims.is_some()));
    }
    for token in ["", "nonsense"] {
        assert_eq!(test.judge(token, "GET", "/health").await, Ok(None));
    }
    let headers = bearer(&reader);
    let asked = async |target: &str, permission: &str| {
        let asked = Asked {
            method: "GET",
            target,
            permissions: &[permission.to_owned()],
        };
        test.gate.judge(&headers, asked).await
    };
    assert!(asked("/articles/7", "articles:read").await.is_ok());
    assert!(asked("/health", "articles:read").await.is_ok());
    // The demand of the route holds as well.
    assert_eq!(
        asked("/other", "articles:read").await,
        Err(Refusal::NoRoute)
    );
    let refused = Refusal::Permission("articles:write".into());
    assert_eq!(asked("/me", "articles:write").await, Err(refused));
    let refused = Err(Refusal::MalformedPermission);
    assert_eq!(asked("/me", "articles:*").await, refused);
    assert_eq!(test.fetches(), 1);
}

#[tokio::test]
async fn without_routes_any_valid_token_passes_and_nothing_else() {
    let issuer = issuer();
    let test = Test::new("", Some(json!([issuer.jwk()])));
    let token = test.token(&issuer, &[]);
    assert!(test.judge(&token, "GET", "//any/../path").await.is_ok());
    assert_eq!(
        test.judge("", "GET", "/").await,
        Err(Refusal::TokenRequired)
    );
    let mut twice = bearer(&token);
    twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
    let asked = Asked {
        method: "GET",
        target: "/",
        permissions: &[],
    };
    assert_eq!(
        test.gate.judge(&twice, asked).await,
        Err(Refusal::MalformedBearer)
    );
    let of_other = test.token(&TestIssuer::new(Algorithm::EdDsa, "a"), &[]);
    let refused = Err(Refusal::Token(TokenError::BadSignature));
    assert_eq!(test.judge(&of_other, "GET", "/").await, refused);
    test.clock.advance(Duration::from_secs(600 + 60));
    let refused = Err(Refusal::Token(TokenError::Expired));
    assert_eq!(test.judge(&token, "GET", "/").await, refused);
}

#[tokio::test]
async fn nobody_passes_while_there_are_no_keys_and_no_malformed_token_asks_for_them() {
    let issuer = issuer();
    let test = Test::new("", None);
    for bad in ["a.b.c", "x", &"a".repeat(1 << 20)] {
        let judged = test.judge(bad, "GET", "/").await;
        assert!(matches!(judged, Err(Refusal::Token(_))), "{judged:?}");
    }
    assert_eq!(test.fetches(), 0);
    let token = test.token(&issuer, &[]);
    let unavailable = Refusal::Unavailable {
        retry_after: SECOND,
    };
    assert_eq!(
        test.judge(&token, "GET", "/").await,
        Err(unavailable.clone())
    );
    assert_eq!(test.judge(&token, "GET", "/").await, Err(unavailable));
    assert_eq!(test.fetches(), 1);
    test.publish(Some(json!([issuer.jwk()])));
    test.clock.advance(Duration::from_secs(1));
    assert!(test.judge(&token, "GET", "/").await.is_ok());
    assert_eq!(test.fetches(), 2);
}

#[tokio::test]
async fn a_new_key_is_found_and_ten_thousand_unknown_ones_cause_one_fetch() {
    let (first, second) = (issuer(), TestIssuer::new(Algorithm::Es256, "b"));
    let test = Test::new("", Some(json!([first.jwk()])));
    assert!(
        test.judge(&test.token(&first, &[]), "GET", "/")
            .await
            .is_ok()
    );
    test.publish(Some(json!([first.jwk(), second.jwk()])));
    let unknown = Err(Refusal::Token(TokenError::UnknownKey));
    let token = test.token(&second, &[]);
    assert_eq!(test.judge(&token, "GET", "/").await, unknown);
    test.clock.advance(Duration::from_secs(30));
    assert!(test.judge(&token, "GET", "/").await.is_ok());
    for at in 0..10_000 {
        let stranger = token.replacen(token.split('.').next().unwrap(), &header(at), 1);
        assert_eq!(test.judge(&stranger, "GET", "/").await, unknown);
    }
    assert_eq!(test.fetches(), 2);
}

fn header(at: usize) -> String {
    let json = json!({ "alg": "ES256", "kid": format!("random {at}"), "typ": "at+jwt" });
    URL_SAFE_NO_PAD.encode(json.to_string())
}
