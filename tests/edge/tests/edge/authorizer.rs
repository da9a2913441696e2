//! The authorizer as API Gateway asks it.

use auth_authorizer::{Authorizer, EventError, Unanswered};
use auth_edge_tests::{TestGate, TestIssuer};
use auth_runtime::Algorithm;
use serde_json::{Value, json};

use super::POLICY;

const API: &str = "arn:aws:execute-api:eu-west-1:111122223333:abcdef123/prod/";

struct Test {
    authorizer: Authorizer,
    test: TestGate,
    reader: String,
    admin: String,
}

impl Test {
    fn new(policy: &str) -> Self {
        let issuer = TestIssuer::new(Algorithm::Es256, "a");
        let (test, gate) = TestGate::new(policy);
        test.publish(Some(json!([issuer.jwk()])));
        Self {
            authorizer: Authorizer::new(gate),
            reader: test.token(&issuer, &["reader", "user"]),
            admin: test.token(&issuer, &["admin"]),
            test,
        }
    }

    async fn answer(&self, event: Value) -> Result<Value, Unanswered> {
        self.authorizer.answer(&event).await
    }
}

/// The three events of one request.
fn events(token: &str, method: &str, path: &str) -> [Value; 3] {
    let bearer = format!("Bearer {token}");
    let arn = format!("{API}{method}{path}");
    [
        json!({ "type": "TOKEN", "authorizationToken": bearer, "methodArn": arn }),
        json!({
            "type": "REQUEST",
            "methodArn": arn,
            "httpMethod": method,
            // The path of a custom domain begins with that of its mapping.
            "path": format!("/mapped{path}"),
            "headers": { "Authorization": bearer },
            "multiValueHeaders": { "Authorization": [bearer] },
        }),
        http_event(method, path, json!({ "authorization": bearer })),
    ]
}

fn http_event(method: &str, path: &str, headers: Value) -> Value {
    let path = format!("/prod{path}");
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "rawPath": path,
        "headers": headers,
        "identitySource": ["token", method, path],
        "requestContext": {
            "stage": "prod",
            "domainName": "abcdef123.execute-api.eu-west-1.amazonaws.com",
            "http": { "method": method, "path": path },
        },
    })
}

#[tokio::test]
async fn all_kinds_of_events_of_a_request_have_the_same_verdict() {
    let test = Test::new(POLICY);
    let (reader, admin) = (&test.reader, &test.admin);
    for (token, method, path, passes) in [
        (reader, "GET", "/articles/7", true),
        (admin, "DELETE", "/articles/7", true),
        (reader, "DELETE", "/articles/7", false),
        (admin, "GET", "/other", false),
        (admin, "GET", "/articles/../me", false),
        (admin, "GET", "//me", false),
        (reader, "POST", "/me", true),
        (admin, "GET", "/", false),
    ] {
        let [of_token, of_request, of_http] = events(token, method, path);
        for event in [of_token, of_request] {
            let answer = test.answer(event).await.unwrap();
            let policy = &answer["policyDocument"];
            assert_eq!(policy["Version"], "2012-10-17");
            let effect = if passes { "Allow" } else { "Deny" };
            let statement = json!([{
                "Action": "execute-api:Invoke",
                "Effect": effect,
                "Resource": [format!("{API}{method}{path}")],
            }]);
            assert_eq!(policy["Statement"], statement, "{method} {path}");
        }
        let answer = test.answer(of_http).await.unwrap();
        assert_eq!(answer["isAuthorized"], passes, "{method} {path}");
    }
}

#[tokio::test]
async fn without_routes_the_policy_is_for_the_whole_stage_and_small() {
    let test = Test::new("");
    let [of_token, of_request, of_http] = events(&test.reader, "DELETE", "/a/b");
    for event in [of_token, of_request] {
        let answer = test.answer(event).await.unwrap();
        let resource = &answer["policyDocument"]["Statement"][0]["Resource"];
        assert_eq!(*resource, json!([format!("{API}*")]));
        assert!(answer.to_string().len() < 8192);
    }
    assert_eq!(test.answer(of_http).await.unwrap()["isAuthorized"], true);
}

#[tokio::test]
async fn the_context_has_texts_alone() {
    let test = Test::new(POLICY);
    for event in events(&test.reader, "GET", "/articles/7") {
        let answer = test.answer(event).await.unwrap();
        let context = answer["context"].as_object().unwrap();
        assert!(context.values().all(Value::is_string), "{context:?}");
        assert_eq!(context["roles"], "reader,user");
        assert_eq!(context["subject"], "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01");
        assert_eq!(context.len(), 5);
    }
    // A public route needs no token, and tells nothing of one.
    for event in events(&test.reader, "GET", "/health") {
        let answer = test.answer(event).await.unwrap();
        assert_eq!(answer["context"], json!({}));
        assert_ne!(answer["isAuthorized"], false);
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_401_and_never_kept() {
    let test = Test::new(POLICY);
    let two = format!("{}, Bearer {}", test.reader, test.admin);
    for token in ["", "a.b.c", &two, "\n"] {
        let [of_token, of_request, of_http] = events(token, "GET", "/articles/7");
        for event in [of_token, of_request] {
            assert_eq!(
                test.answer(event).await,
                Err(Unanswered::Unauthorized),
                "{token}"
            );
        }
        let answer = test.answer(of_http).await.unwrap();
        assert_eq!(answer["isAuthorized"], false, "{token}");
    }
    // Two headers, of which one event tells the last alone.
    let [_, mut event, _] = events(&test.reader, "GET", "/articles/7");
    let second = json!(format!("Bearer {}", test.admin));
    event["multiValueHeaders"]["authorization"] = json!([second]);
    assert_eq!(test.answer(event).await, Err(Unanswered::Unauthorized));
    let event = http_event("GET", "/articles/7", json!({}));
    assert_eq!(test.answer(event).await.unwrap()["isAuthorized"], false);
}

/// IAM would take these characters for wildcards, and a kept policy would then allow other requests.
#[tokio::test]
async fn no_client_writes_a_wildcard_into_a_policy() {
    let test = Test::new(POLICY);
    for path in [
        "/articles/*",
        "/articles/a*",
        "/articles/${x}",
        "/articles/a?b",
    ] {
        let [of_token, of_request, _] = events(&test.admin, "GET", path);
        for event in [of_token, of_request] {
            let answer = test.answer(event).await.unwrap();
            let effect = &answer["policyDocument"]["Statement"][0]["Effect"];
            assert_eq!(effect, "Deny", "{path}");
        }
    }
}

#[tokio::test]
async fn nobody_passes_while_there_are_no_keys() {
    let test = Test::new(POLICY);
    test.test.publish(None);
    for event in events(&test.reader, "GET", "/articles/7") {
        assert_eq!(test.answer(event).await, Err(Unanswered::Unavailable));
    }
}

#[tokio::test]
async fn the_path_of_an_http_api_is_that_behind_its_stage() {
    let test = Test::new(POLICY);
    let bearer = json!({ "authorization": format!("Bearer {}", test.reader) });
    for (domain, stage, path, passes) in [
        (
            "a.execute-api.eu-west-1.amazonaws.com",
            "prod",
            "/prod/me",
            true,
        ),
        (
            "a.execute-api.eu-west-1.amazonaws.com",
            "$default",
            "/me",
            true,
        ),
        (
            "a.execute-api.eu-west-1.amazonaws.com",
            "$default",
            "/prod/me",
            false,
        ),
        (
            "a.execute-api.eu-west-1.amazonaws.com",
            "prod",
            "/product/me",
            false,
        ),
        ("a.execute-api.eu-west-1.amazonaws.com", "me", "/me", false),
        ("api.example.com", "prod", "/me", true),
        ("api.example.com", "prod", "/prod/me", false),
    ] {
        let mut event = http_event("GET", "", bearer.clone());
        event["rawPath"] = json!(path);
        event["requestContext"]["stage"] = json!(stage);
        event["requestContext"]["domainName"] = json!(domain);
        let answer = test.answer(event).await.unwrap();
        assert_eq!(answer["isAuthorized"], passes, "{domain} {stage} {path}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_that_quotes_nothing() {
    let test = Test::new("");
    for (event, error) in [
        (json!([]), EventError::Unsupported),
        (json!({}), EventError::Unsupported),
        (
            json!({ "httpMethod": "GET", "path": "/" }),
            EventError::Unsupported,
        ),
        (
            json!({ "type": "TOKEN" }),
            EventError::Incomplete("authorizationToken"),
        ),
        (
            json!({ "type": "REQUEST" }),
            EventError::Incomplete("methodArn"),
        ),
        (
            json!({ "type": "REQUEST", "methodArn": "arn:aws:execute-api:a:b:c/prod" }),
            EventError::Incomplete("methodArn"),
        ),
        (
            json!({ "type": "REQUEST", "methodArn": "arn:aws:execute-api:a:b:c/prod/$connect" }),
            EventError::Incomplete("methodArn"),
        ),
        (
            json!({ "version": "2.0" }),
            EventError::Incomplete("requestContext"),
        ),
        (
            json!({ "version": "2.0", "requestContext": { "http": { "method": "GET" } } }),
            EventError::Incomplete("rawPath"),
        ),
    ] {
        assert_eq!(
            test.answer(event.clone()).await,
            Err(error.into()),
            "{event}"
        );
    }
}
