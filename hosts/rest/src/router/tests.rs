use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

use tower::ServiceExt;

use super::*;
use crate::extract::bearer::Bearer;
use crate::extract::json::{BodyLimits, Json, OptionalJson};
use crate::middleware::malformed_head::MalformedHead;
use crate::middleware::request_id::Invocation;
use crate::problem::{Problem, kinds};
use crate::proxies::Proxies;

mod log;

const ORIGIN: &str = "https://app.example.com";

/// A router whose handlers behave in each way that the layers must deal with.
fn small() -> Router {
    small_at("https://auth.example.com/")
}

/// The same router, reached at this URL.
fn small_at(issuer: &str) -> Router {
    let config = Config {
        allowed_origins: vec![ORIGIN.parse().unwrap()],
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()].into(),
        ..Config::new("0", "0")
    };
    let limits = BodyLimits {
        bytes: 64,
        time: Duration::from_secs(1),
        budget: Arc::default(),
        proxies: Proxies::default(),
    };
    let routes = Router::new()
        .route(
            "/echo/{id}",
            post(async |Json(body): Json<Vec<String>>| axum::Json(body)),
        )
        .route(
            "/optional",
            post(async |OptionalJson(body): OptionalJson<Vec<String>>| {
                body.map_or("none".to_owned(), |list| list.len().to_string())
            }),
        )
        .route(
            "/bearer",
            get(async |Bearer(token): Bearer| token.len().to_string()),
        )
        .route("/panic", get(async || -> String { panic!("secret") }))
        .route("/silence", get(std::future::pending::<String>))
        .route("/grant", get(async || Problem::new(&kinds::INVALID_GRANT)))
        .route("/wait", get(async || Problem::throttled(30)))
        .route("/docs/", get(docs::page))
        .route("/docs/{file}", get(docs::part))
        .route("/assets/{file}", get(assets::file))
        .with_state(limits);
    let described = OpenApiRouter::from(routes).merge(further());
    surround(with_description(described), BaseUrl::new(issuer), &config)
}

/// Further routes, as a host may add them.
fn further() -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(ask_gateway))
}

#[utoipa::path(get, path = "/gateway/{id}", responses((status = 204, description = "Allowed.")))]
async fn ask_gateway() -> StatusCode {
    StatusCode::NO_CONTENT
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn ask(method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    answer(request, "10.0.0.1:80").await
}

/// The answer to a request of this peer.
async fn answer(mut request: Request<Body>, peer: &str) -> Answer {
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = small().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

async fn fetch(path: &str) -> Answer {
    ask(Method::GET, path, &[], "").await
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn refusals_are_problem_documents() {
    let answer = ask(Method::GET, "/nowhere", &[("x-request-id", "req-1")], "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header(CONTENT_TYPE), "application/problem+json");
    assert_eq!(answer.header("x-request-id"), "req-1");
    let expected = json!({
        "type": "https://auth.example.com/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "The service has no such path.",
        "request_id": "req-1",
    });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn a_proxy_names_a_request_and_a_client_does_not() {
    for (peer, named) in [("10.0.0.1:80", true), ("192.0.2.1:80", false)] {
        let request = Request::builder().header("x-request-id", "req-1");
        let answer = answer(request.body(Body::empty()).unwrap(), peer).await;
        assert_eq!(answer.header("x-request-id") == "req-1", named, "{peer}");
    }
    let mut request = Request::builder()
        .header("x-request-id", "req-1")
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(Invocation {
        request_id: Some("invocation-1".to_owned()),
        ..Invocation::default()
    });
    let answer = answer(request, "192.0.2.1:80").await;
    assert_eq!(answer.header("x-request-id"), "invocation-1");
}

#[tokio::test]
async fn a_malformed_head_is_refused_like_everything_else() {
    for (status, kind) in [
        (StatusCode::BAD_REQUEST, "malformed-request"),
        (StatusCode::URI_TOO_LONG, "uri-too-long"),
        (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "head-too-large",
        ),
    ] {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(MalformedHead { status });
        let answer = answer(request, "192.0.2.1:80").await;
        assert_eq!(answer.status, status);
        let expected = format!("https://auth.example.com/problems/{kind}");
        assert_eq!(answer.json()["type"], expected);
    }
}

#[tokio::test]
async fn an_optional_body_may_be_empty_or_null() {
    for (headers, body, expected) in [
        (&[][..], "", Some("none")),
        (&[JSON], "", Some("none")),
        (&[("content-type", "text/plain")], "", Some("none")),
        (&[JSON], "null", Some("none")),
        (&[JSON], " null ", Some("none")),
        (&[JSON], r#"["a","b"]"#, Some("2")),
        (&[JSON], "[", None),
        (&[], "null", None),
    ] {
        let answer = ask(Method::POST, "/optional", headers, body).await;
        let text = String::from_utf8(answer.body).unwrap();
        let found = answer.status.is_success().then_some(text.as_str());
        assert_eq!(found, expected, "{headers:?} {body}");
    }
}

#[tokio::test]
async fn invalid_input_is_named_by_place() {
    let answer = ask(Method::POST, "/echo/1", &[JSON], r#"["a", 1]"#).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let expected =
        json!([{ "pointer": "/1", "code": "wrong-type", "detail": "expected a string" }]);
    assert_eq!(answer.json()["errors"], expected);
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let long = format!("[\"{}\"]", "a".repeat(64));
    for (headers, body, status) in [
        (&[JSON][..], r#"["a"]"#, StatusCode::OK),
        (&[JSON], "", StatusCode::BAD_REQUEST),
        (&[JSON], "[", StatusCode::BAD_REQUEST),
        (&[JSON], "{}", StatusCode::UNPROCESSABLE_ENTITY),
        (&[JSON], &long, StatusCode::PAYLOAD_TOO_LARGE),
        (&[], r#"["a"]"#, StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let answer = ask(Method::POST, "/echo/1", headers, body).await;
        assert_eq!(answer.status, status, "{body}");
    }
}

#[tokio::test]
async fn unknown_methods_get_the_known_ones() {
    let answer = fetch("/echo/1").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header(ALLOW), "POST");
    assert_eq!(
        answer.json()["type"],
        "https://auth.example.com/problems/method-not-allowed"
    );
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let answer = fetch("/panic").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.json()["title"], "Internal error");
    assert!(!answer.body.escape_ascii().to_string().contains("secret"));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_time_limit() {
    let answer = fetch("/silence").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header(RETRY_AFTER), "5");
}

#[tokio::test]
async fn says_how_long_to_wait() {
    let answer = fetch("/wait").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header(RETRY_AFTER), "30");
}

#[tokio::test]
async fn a_refused_grant_is_named_as_in_oauth() {
    let answer = fetch("/grant").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn challenges_as_rfc_6750_says() {
    for (sent, status, challenge) in [
        (None, StatusCode::UNAUTHORIZED, "Bearer"),
        (Some("Basic YTpi"), StatusCode::UNAUTHORIZED, "Bearer"),
        (
            Some("Bearer a b"),
            StatusCode::UNAUTHORIZED,
            r#"Bearer error="invalid_token""#,
        ),
        (Some("bearer abc"), StatusCode::OK, ""),
    ] {
        let headers: Vec<_> = sent
            .map(|value| (AUTHORIZATION.as_str(), value))
            .into_iter()
            .collect();
        let answer = ask(Method::GET, "/bearer?access_token=abc", &headers, "").await;
        assert_eq!(answer.status, status, "{sent:?}");
        assert_eq!(answer.header(WWW_AUTHENTICATE), challenge, "{sent:?}");
    }
}

#[tokio::test]
async fn only_allowed_origins_may_read_answers_also_refusals() {
    for (origin, allowed) in [
        (ORIGIN, ORIGIN),
        ("https://evil.example.com", ""),
        ("null", ""),
    ] {
        for path in ["/nowhere", "/panic", "/bearer"] {
            let answer = ask(Method::GET, path, &[("origin", origin)], "").await;
            assert_eq!(
                answer.header(ACCESS_CONTROL_ALLOW_ORIGIN),
                allowed,
                "{path}"
            );
        }
        let preflight = &[
            ("origin", origin),
            ("access-control-request-method", "POST"),
        ];
        let answer = ask(Method::OPTIONS, "/echo/1", preflight, "").await;
        assert_eq!(answer.header(ACCESS_CONTROL_ALLOW_ORIGIN), allowed);
    }
}

#[tokio::test]
async fn every_answer_is_strict_and_named() {
    for path in [
        "/bearer",
        "/nowhere",
        "/panic",
        "/grant",
        "/openapi.json",
        "/docs/",
        "/docs/swagger-ui.css",
        "/gateway/1",
    ] {
        let answer = ask(Method::GET, path, &[("x-request-id", "not safe")], "").await;
        let referrer = if path == "/docs/" {
            "same-origin"
        } else {
            "no-referrer"
        };
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), referrer, "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{path}"
        );
        assert!(!answer.header(CACHE_CONTROL).is_empty(), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
    assert_eq!(fetch("/grant").await.header(CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn browsers_are_told_to_keep_to_tls_only_where_there_is_tls() {
    for (issuer, expected) in [
        ("https://auth.example.com/", "max-age=31536000"),
        ("http://127.0.0.1:8080", ""),
    ] {
        let request = Request::get("/nowhere").body(Body::empty()).unwrap();
        let answer = small_at(issuer).oneshot(request).await.unwrap();
        let found = answer.headers().get("strict-transport-security");
        let found = found.map_or("", |value| value.to_str().unwrap());
        assert_eq!(found, expected, "{issuer}");
    }
}

#[tokio::test]
async fn the_page_is_complete() {
    let page = fetch("/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header(CONTENT_TYPE).starts_with("text/html"));
    let html = String::from_utf8(page.body).unwrap();
    let files = [" src=\"", " href=\""].map(|start| html.split(start).skip(1));
    let files = files.into_iter().flatten().filter_map(|rest| {
        let address = rest.split('"').next()?;
        (address.ends_with(".js") || address.ends_with(".css")).then_some(address)
    });
    let files: Vec<_> = files.collect();
    assert_eq!(files.len(), 6, "{html}");
    for file in files {
        let path = match file.strip_prefix("../") {
            Some(path) => format!("/{path}"),
            None => format!("/docs/{file}"),
        };
        assert_eq!(fetch(&path).await.status, StatusCode::OK, "{path}");
    }
    let initializer = fetch("/docs/swagger-initializer.js").await.body;
    assert!(
        String::from_utf8(initializer)
            .unwrap()
            .contains("../openapi.json")
    );
    for path in [
        "/docs/..%2fCargo.toml",
        "/docs/index.html",
        "/assets/style.css",
    ] {
        assert_eq!(fetch(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_file_of_a_page_is_cached_for_ever() {
    let path = format!("/assets/{}", crate::pages::assets::address("style.css"));
    let answer = fetch(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header(CACHE_CONTROL).ends_with("immutable"));
    assert_eq!(answer.header(CONTENT_TYPE), "text/css; charset=utf-8");
}

#[tokio::test]
async fn further_routes_are_described_and_surrounded() {
    let headers = &[("origin", ORIGIN), ("x-request-id", "req-9")];
    let answer = ask(Method::GET, "/gateway/1", headers, "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header(ACCESS_CONTROL_ALLOW_ORIGIN), ORIGIN);
    assert_eq!(answer.header("x-request-id"), "req-9");
    assert_eq!(answer.header(CACHE_CONTROL), "no-store");
    let refused = ask(Method::POST, "/gateway/1", &[], "").await;
    assert_eq!(
        refused.json()["type"],
        "https://auth.example.com/problems/method-not-allowed"
    );
    let description = fetch("/openapi.json").await.json();
    let operation = &description["paths"]["/gateway/{id}"]["get"];
    assert_eq!(operation["operationId"], "ask_gateway");
}

#[tokio::test]
async fn the_log_has_one_line_without_what_is_private() {
    log::begin();
    let headers = &[
        JSON,
        ("authorization", "Bearer secret"),
        ("x-request-id", "req-7"),
    ];
    ask(
        Method::POST,
        "/echo/secret?secret=secret",
        headers,
        r#"["secret"]"#,
    )
    .await;
    let text = log::end();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains("secret"), "{text}");
    for part in ["POST", "/echo/{id}", "status=200", "ms=", "req-7"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
