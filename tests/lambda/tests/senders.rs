//! Events of senders other than API Gateway, events that are no requests, and requests whose
//! headers HTTP does not allow. No database is needed.

use std::time::Duration;

use auth_lambda_tests::{Api, Function, NOWHERE, Outcome, variables, with};
use serde_json::{Value, json};

const TIME: Duration = Duration::from_secs(20);

async fn function() -> Function {
    Function::start(&variables(NOWHERE)).await
}

/// The function's answer as JSON.
async fn answer(function: &Function, event: &Value) -> Value {
    match function.invoke(event.to_string(), TIME).await {
        Outcome::Response(body) => serde_json::from_slice(&body).expect("JSON"),
        Outcome::Error(report) => panic!("{event}: {}", String::from_utf8_lossy(&report)),
    }
}

#[tokio::test]
async fn a_header_that_http_does_not_allow_is_left_out() {
    let function = function().await;
    for api in Api::ALL {
        for (name, value) in [
            ("host", json!("a b")),
            ("host", json!("")),
            ("host", Value::Null),
            ("x-forwarded-proto", json!("https,http")),
            ("x-forwarded-proto", json!("no scheme\u{0}")),
            ("x-forwarded-port", json!(443)),
            ("accept", json!("a\r\nb: c")),
            ("accept", json!({ "a": 1 })),
            ("a name", json!("value")),
            ("", json!("value")),
            ("n\u{e4}me", json!("value")),
            ("x-name", json!("v\u{e4}lue")),
            ("x-forwarded-for", json!("unknown, _hidden")),
        ] {
            let mut event = api.get("/healthz").event();
            event["headers"][name] = value.clone();
            if api == Api::Rest {
                event["multiValueHeaders"][name] = json!([value]);
            }
            let answer = answer(&function, &event).await;
            assert_eq!(answer["statusCode"], 200, "{api:?} {name}: {value}");
        }
        for headers in [Value::Null, json!([]), json!("text")] {
            let call = api.get("/healthz").set("/headers", headers.clone());
            let event = call.set("/multiValueHeaders", headers).event();
            assert_eq!(answer(&function, &event).await["statusCode"], 200);
        }
        // Without its header the token is missing.
        let call = api.get("/v1/me").bearer("one.two.three\u{1}").event();
        assert_eq!(answer(&function, &call).await["statusCode"], 401);
    }
}

#[tokio::test]
async fn an_event_that_is_no_request_keeps_the_function_warm_or_is_an_error_with_its_name() {
    let function = function().await;
    for event in [
        json!({ "warmer": true }),
        json!({}),
        json!({ "key1": "value1", "key2": "value2", "key3": "value3" }),
        json!({
            "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "source": "aws.events",
            "detail-type": "Scheduled Event", "account": "111122223333", "detail": {},
            "time": "2026-11-24T12:34:56Z", "region": "eu-west-1", "resources": [],
        }),
    ] {
        assert_eq!(
            answer(&function, &event).await,
            json!({ "status": "ready" })
        );
    }
    let queue = json!({ "Records": [{ "eventSource": "aws:sqs", "body": "hello" }] });
    let Outcome::Error(report) = function.invoke(queue.to_string(), TIME).await else {
        panic!("a message of a queue would be lost");
    };
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["errorType"], "UnsupportedEvent");
    let message = report["errorMessage"].as_str().expect("text");
    assert!(
        message.contains("SQS") && message.contains("warmer"),
        "{message}"
    );
    function
        .call(Api::Rest.get("/healthz").event())
        .await
        .expect(200);
}

#[tokio::test]
async fn a_function_that_waits_for_its_keys_says_so_to_a_warmer() {
    let all = with(
        variables(NOWHERE),
        &[("JWT_SECRET_KEY", "secretsmanager:no-such-secret")],
    );
    let function = Function::start(&all).await;
    let waiting = answer(&function, &json!({ "warmer": true })).await;
    assert_eq!(waiting, json!({ "status": "waiting" }));
}

/// A request as an Application Load Balancer hands it on.
fn balanced(method: &str, path: &str) -> Value {
    json!({
        "requestContext": {
            "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/b" },
        },
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {},
        "headers": {
            "accept": "application/json",
            "content-type": "application/json",
            "host": "www.example.com",
            "x-amzn-trace-id": "Root=1-5bdb40ca-556d8b0c50dc66f0511bf520",
            "x-forwarded-for": "192.0.2.1, 198.51.100.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "body": "",
        "isBase64Encoded": false,
    })
}

#[tokio::test]
async fn a_load_balancer_is_answered_in_its_own_format() {
    let function = function().await;
    // The check of the target group's health.
    let health = json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:x" } },
        "httpMethod": "GET", "path": "/healthz", "queryStringParameters": {},
        "headers": { "user-agent": "ELB-HealthChecker/2.0" }, "body": "",
        "isBase64Encoded": false,
    });
    let healthy = answer(&function, &health).await;
    assert_eq!(healthy["statusCode"], 200);
    assert_eq!(healthy["statusDescription"], "200 OK");

    let mut event = balanced("GET", "/auth/v1/me");
    let refused = answer(&function, &event).await;
    assert_eq!(refused["statusCode"], 401);
    assert_eq!(refused["headers"]["www-authenticate"], "Bearer");
    assert_eq!(refused["multiValueHeaders"], Value::Null);
    event["multiValueHeaders"] = json!({
        "host": ["www.example.com"],
        "authorization": ["Bearer a.b.c", "Bearer d.e.f"],
    });
    event["headers"] = Value::Null;
    let refused = answer(&function, &event).await;
    assert_eq!(refused["statusCode"], 401);
    let body: Value = serde_json::from_str(refused["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["detail"], "the header is malformed");
    assert!(refused["multiValueHeaders"]["www-authenticate"].is_array());
    assert_eq!(refused["headers"], Value::Null);

    let mut event = balanced("POST", "/auth/v1/register");
    event["body"] = json!(r#"{"email":"no address","password":"x"}"#);
    assert_eq!(answer(&function, &event).await["statusCode"], 422);
    // The balancer leaves names and values of the query as the client encoded them.
    let mut event = balanced("GET", "/auth/healthz");
    event["queryStringParameters"] = json!({ "a%20b": "c%26d", "e": "f g" });
    assert_eq!(answer(&function, &event).await["statusCode"], 200);
}

#[tokio::test]
async fn a_proxy_that_a_rest_api_knows_by_its_key_names_the_client() {
    let keys = [("COUNTERSIGN_PROXY_KEYS", "k1a2b3c4d5, k6e7f8g9h0")];
    let function = Function::start(&with(variables(NOWHERE), &keys)).await;
    let (proxy, client) = ("192.0.2.1", "198.51.100.1");
    for (key, expected) in [
        (json!("k1a2b3c4d5"), client),
        (json!("k6e7f8g9h0"), client),
        (json!("k1"), proxy),
        (json!(""), proxy),
        (Value::Null, proxy),
    ] {
        // The client wrote the first entry, the proxy the second, and the API the third.
        let call = Api::Rest.get("/healthz").from(proxy);
        let call = call.header("X-Forwarded-For", "203.0.113.9, 198.51.100.1, 192.0.2.1");
        let call = call.header("X-Api-Key", "k1a2b3c4d5");
        let call = call.set("/requestContext/identity/apiKeyId", key.clone());
        function.call(call.event()).await.expect(200);
        let log = function.log();
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(line["source"], expected, "{key}: {line}");
    }
}
