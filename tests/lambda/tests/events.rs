//! Events as API Gateway sends them, and events that it never should send. No database is needed.

use std::time::Duration;

use auth_lambda_tests::{Api, Function, NOWHERE, Outcome, variables};
use serde_json::{Value, json};

const TIME: Duration = Duration::from_secs(20);

async fn function() -> Function {
    Function::start(&variables(NOWHERE)).await
}

#[tokio::test]
async fn each_kind_of_api_leads_to_the_same_paths() {
    let function = function().await;
    let cases: Vec<Value> = serde_json::from_str(include_str!("../fixtures/paths.json")).unwrap();
    for case in cases {
        let api = if case["api"] == "rest" {
            Api::Rest
        } else {
            Api::Http
        };
        let mut call = api.get(case["path"].as_str().unwrap());
        for (pointer, value) in case["set"].as_object().into_iter().flatten() {
            call = call.set(pointer, value.clone());
        }
        let answer = function.call(call.event()).await;
        assert_eq!(
            answer.status(),
            case["status"],
            "{}: {answer:?}",
            case["name"]
        );
    }
}

#[tokio::test]
async fn a_malformed_event_is_an_error_and_the_next_event_is_answered() {
    let function = function().await;
    let cases: Vec<String> =
        serde_json::from_str(include_str!("../fixtures/malformed.json")).unwrap();
    for case in cases {
        let outcome = function.invoke(case.clone(), TIME).await;
        let Outcome::Error(report) = outcome else {
            panic!("`{case}` was answered: {outcome:?}");
        };
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert!(report["errorType"].is_string(), "{report}");
    }
    for api in Api::ALL {
        let broken = api.get("/healthz").text("no base64 at all!");
        let broken = broken.set("/isBase64Encoded", json!(true)).event();
        let outcome = function.invoke(broken.to_string(), TIME).await;
        assert!(matches!(outcome, Outcome::Error(_)), "{outcome:?}");
        function.call(api.get("/healthz").event()).await.expect(200);
    }
}

#[tokio::test]
async fn a_body_is_the_same_as_text_and_in_base64() {
    let function = function().await;
    let body = json!({ "email": "no address", "password": "pässwörd" });
    for api in Api::ALL {
        let call = api.post("/v1/register", &body);
        let text = function.call(call.clone().event()).await;
        let encoded = function.call(call.encoded().event()).await;
        let [text, encoded] =
            [text, encoded].map(|answer| answer.expect_problem(422, "invalid-request"));
        assert_eq!(text.json()["errors"], encoded.json()["errors"]);
        let torn = api.post("/v1/register", &body).text("{\"email\":");
        let torn = function.call(torn.encoded().event()).await;
        torn.expect_problem(400, "invalid-json");
    }
}

#[tokio::test]
async fn a_body_at_the_limit_of_lambda_is_refused_by_ours() {
    let function = function().await;
    let padding = "x".repeat(5_900_000);
    for api in Api::ALL {
        let call = api.post("/v1/register", &json!({ "email": padding, "password": "" }));
        let answer = function.call(call.event()).await;
        answer.expect_problem(413, "content-too-large");
        let call = api
            .call("POST", "/v1/register")
            .header("Content-Type", "application/json");
        let call = call.text(&padding[..4_400_000]).encoded();
        function
            .call(call.event())
            .await
            .expect_problem(413, "content-too-large");
        function.call(api.get("/healthz").event()).await.expect(200);
    }
}

#[tokio::test]
async fn all_values_of_a_header_arrive() {
    let function = function().await;
    for api in Api::ALL {
        // Two tokens in one request are refused as a malformed header, before either is read. If
        // only one of them arrived, the detail would be another.
        let call = api
            .get("/v1/me")
            .bearer("one.two.three")
            .bearer("four.five.six");
        let answer = function.call(call.event()).await;
        let answer = answer.expect_problem(401, "invalid-token");
        assert_eq!(answer.text("detail"), "the header is malformed");
        let call = api.get("/healthz").cookie("a=1").cookie("b=2");
        function.call(call.event()).await.expect(200);
    }
}

#[tokio::test]
async fn pages_are_sent_as_they_are() {
    let function = function().await;
    for api in Api::ALL {
        let page = function.call(api.get("/docs/").event()).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        let script = api.get("/docs/swagger-ui-bundle.js");
        let script = script.header("Accept-Encoding", "gzip, br");
        let script = function.call(script.event()).await.expect(200);
        assert!(script.body().len() > 100_000 && script.body().len() < 6 << 20);
        // A REST API without declared binary types would send a compressed body to a browser as
        // base64, so the function compresses no body for it.
        let compressed = script.header("content-encoding") == "gzip";
        assert_eq!(compressed, api == Api::Http, "{api:?}");
        assert_eq!(script.body().starts_with(&[0x1f, 0x8b]), compressed);
        let moved = function.call(api.get("/docs").event()).await.expect(308);
        assert_eq!(
            moved.header("location"),
            "docs/",
            "relative: the stage stays"
        );
        let problem = function.call(api.get("/no/such/path").event()).await;
        let problem = problem.expect_problem(404, "not-found");
        assert!(
            problem
                .text("type")
                .starts_with("https://www.example.com/auth/problems/")
        );
    }
}

#[tokio::test]
async fn a_request_is_named_in_the_answer_the_log_and_the_trace() {
    let function = function().await;
    let first = function.call(Api::Rest.get("/healthz").event()).await;
    let second = function.call(Api::Http.get("/healthz").event()).await;
    let given = Api::Http.get("/healthz").header("X-Request-Id", "mine-1");
    let third = function.call(given.event()).await;
    assert_eq!(
        first.header("x-request-id"),
        "00000000-0000-4000-8000-000000000000"
    );
    assert_eq!(
        second.header("x-request-id"),
        "00000000-0000-4000-8000-000000000001"
    );
    assert_eq!(
        third.header("x-request-id"),
        "00000000-0000-4000-8000-000000000002",
        "no client chooses its id"
    );

    let log = function.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .filter(|line: &Value| line["message"] == "answered")
        .collect();
    assert_eq!(lines.len(), 3, "{log}");
    for (line, (id, cold)) in lines.iter().zip([
        (first.header("x-request-id"), true),
        (second.header("x-request-id"), false),
        (third.header("x-request-id"), false),
    ]) {
        assert_eq!(line["request_id"], id);
        assert_eq!(
            (&line["cold"], &line["route"]),
            (&json!(cold), &json!("/healthz"))
        );
        let trace = line["trace_id"].as_str().unwrap();
        assert!(trace.starts_with("Root=1-5759e988-"), "{trace}");
        assert!(line["ms"].is_number() && line["status"] == 200);
    }
}

#[tokio::test]
async fn numbers_go_to_standard_output_for_cloudwatch() {
    let function = function().await;
    function
        .call(Api::Rest.get("/healthz").event())
        .await
        .expect(200);
    let refused = json!({ "email": "ada@example.com", "password": "x" });
    function
        .call(Api::Rest.post("/v1/login", &refused).event())
        .await
        .expect_unavailable();
    let mut seen = Vec::new();
    for line in function.output().lines() {
        let document: Value = serde_json::from_str(line).unwrap();
        let metrics = &document["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Countersign");
        for dimension in metrics["Dimensions"][0].as_array().unwrap() {
            assert!(document[dimension.as_str().unwrap()].is_string(), "{line}");
        }
        for metric in metrics["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap();
            assert!(!document[name].is_null(), "{line}");
            seen.push(format!(
                "{name} {} {}",
                document["route"], document["status"]
            ));
        }
    }
    for expected in [
        "countersign_cold_start_seconds null null",
        "countersign_requests_total \"/healthz\" \"200\"",
        "countersign_requests_total \"/v1/login\" \"503\"",
        "countersign_store_seconds null null",
    ] {
        assert!(
            seen.iter().any(|seen| seen == expected),
            "{expected}: {seen:?}"
        );
    }
}
