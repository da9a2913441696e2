//! The gateway as proxies ask it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_edge_tests::{TestGate, TestIssuer};
use auth_gateway::router;
use auth_rest::{MalformedHead, Proxies};
use auth_runtime::Algorithm;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::POLICY;

/// The gateway and the tokens of two users.
pub struct Gateway {
    router: Router,
    draining: Arc<AtomicBool>,
    pub test: TestGate,
    pub reader: String,
    pub admin: String,
}

/// An answer with its whole body.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The only value of a header.
    pub fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        let [value] = values.as_slice() else {
            panic!("{name}: {values:?}");
        };
        value.to_str().expect("text")
    }
}

impl Gateway {
    pub fn new(policy: &str) -> Self {
        let issuer = TestIssuer::new(Algorithm::EdDsa, "a");
        let (test, gate) = TestGate::new(policy);
        test.publish(Some(json!([issuer.jwk()])));
        let draining = Arc::new(AtomicBool::new(false));
        let networks = ["127.0.0.1/32", "10.1.0.0/16"].map(|net| net.parse().unwrap());
        Self {
            router: router(
                gate,
                Proxies::from(networks.to_vec()),
                Arc::clone(&draining),
            ),
            draining,
            reader: test.token(&issuer, &["reader", "user"]),
            admin: test.token(&issuer, &["admin"]),
            test,
        }
    }

    /// Sends a request with these headers, as a proxy at this address does.
    pub async fn ask_from(
        &self,
        peer: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        request.extensions_mut().insert(ConnectInfo(peer));
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Asks as nginx, Caddy and Traefik do.
    pub async fn forward_auth(&self, token: &str, method: &str, target: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", &*bearer),
            ("x-forwarded-method", method),
            ("x-forwarded-uri", target),
        ];
        let sent = if token.is_empty() {
            &headers[1..]
        } else {
            &headers
        };
        self.ask_from("127.0.0.1", "GET", "/v1/forward-auth", sent)
            .await
    }

    /// Asks as Envoy does.
    async fn ext_authz(&self, token: &str, method: &str, target: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer)];
        let sent = if token.is_empty() {
            &headers[1..]
        } else {
            &headers
        };
        let target = format!("/ext-authz{target}");
        self.ask_from("10.1.2.3", method, &target, sent).await
    }
}

#[tokio::test]
async fn both_ways_to_ask_have_the_same_answers() {
    let gateway = Gateway::new(POLICY);
    let (reader, admin) = (gateway.reader.as_str(), gateway.admin.as_str());
    for (token, method, target, status, challenge) in [
        (reader, "GET", "/articles/7?token=secret", 200, ""),
        (admin, "DELETE", "/articles/7", 200, ""),
        (
            reader,
            "DELETE",
            "/articles/7",
            403,
            r#"Bearer error="insufficient_scope""#,
        ),
        (admin, "GET", "/other", 403, ""),
        (admin, "GET", "/articles/../me", 403, ""),
        (admin, "GET", "//me", 403, ""),
        ("", "GET", "/articles/7", 401, "Bearer"),
        (
            "a.b.c",
            "GET",
            "/articles/7",
            401,
            r#"Bearer error="invalid_token""#,
        ),
        ("", "POST", "/health", 200, ""),
    ] {
        for answer in [
            gateway.forward_auth(token, method, target).await,
            gateway.ext_authz(token, method, target).await,
        ] {
            assert_eq!(answer.status, status, "{method} {target}: {}", answer.body);
            let found = answer.headers.get("www-authenticate");
            assert_eq!(found.map_or("", |value| value.to_str().unwrap()), challenge);
            assert_eq!(answer.header("cache-control"), "no-store");
            if status == 200 {
                assert_eq!(answer.body, "");
            } else {
                let problem: Value = serde_json::from_str(&answer.body).unwrap();
                assert_eq!(problem["status"], status);
                assert_eq!(answer.header("content-type"), "application/problem+json");
                assert!(!answer.headers.contains_key("x-auth-subject"));
            }
        }
    }
}

#[tokio::test]
async fn whoever_passes_has_all_identity_headers() {
    let gateway = Gateway::new(POLICY);
    let answer = gateway
        .forward_auth(&gateway.reader, "GET", "/articles/7")
        .await;
    assert_eq!(
        answer.header("x-auth-subject"),
        "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01"
    );
    assert_eq!(answer.header("x-auth-roles"), "reader,user");
    assert_eq!(answer.header("x-auth-client"), "countersign");
    assert_eq!(
        answer.header("x-auth-session"),
        "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e03"
    );
    // Empty ones, so that they replace what a client sent.
    for token in ["", &gateway.reader] {
        let answer = gateway.forward_auth(token, "GET", "/health").await;
        for name in ["subject", "roles", "client", "session"] {
            assert_eq!(answer.header(&format!("x-auth-{name}")), "");
        }
    }
}

#[tokio::test]
async fn a_proxy_may_demand_a_permission_besides_the_route() {
    let gateway = Gateway::new(POLICY);
    let bearer = format!("Bearer {}", gateway.reader);
    let headers = [
        ("authorization", &*bearer),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-uri", "/me"),
    ];
    for (query, status) in [
        ("?permission=articles:read", 200),
        ("?permission=articles%3Aread", 200),
        ("?permission=articles:write", 403),
        ("?permission=articles:*", 422),
        ("?permission=", 422),
        ("?permission=articles:read&permission=articles:read", 200),
        ("?permission=articles:read&permission=articles:write", 403),
        ("?permision=articles:read", 422),
        ("", 200),
    ] {
        let target = format!("/v1/forward-auth{query}");
        let answer = gateway
            .ask_from("127.0.0.1", "GET", &target, &headers)
            .await;
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
    }
    // Caddy adds the query of the client unless it is told not to.
    for (query, method, target, status) in [
        ("?page=2&q=a+b", "GET", "/me?page=2&q=a+b", 200),
        (
            "?permission=articles:write&page=2",
            "GET",
            "/me?page=2",
            403,
        ),
        (
            "?permission=articles:write",
            "GET",
            "/me?permission=articles:write",
            403,
        ),
        (
            "?permission=articles:read",
            "DELETE",
            "/articles/7?permission=articles:read",
            403,
        ),
        ("?permision=articles:read", "GET", "/me?page=2", 422),
    ] {
        let mut of_other = headers;
        of_other[1] = ("x-forwarded-method", method);
        of_other[2] = ("x-forwarded-uri", target);
        let question = format!("/v1/forward-auth{query}");
        let answer = gateway
            .ask_from("127.0.0.1", "GET", &question, &of_other)
            .await;
        assert_eq!(
            answer.status, status,
            "{query} of {target}: {}",
            answer.body
        );
    }
    let target = "/v1/forward-auth?permission=articles:read";
    // Nothing says which route it is about.
    let answer = gateway.ask_from("127.0.0.1", "GET", target, &headers[..1]);
    assert_eq!(answer.await.status, 403);
    let without_routes = Gateway::new("");
    let bearer = format!("Bearer {}", without_routes.reader);
    let headers = [("authorization", &*bearer)];
    let answer = without_routes.ask_from("127.0.0.1", "GET", "/v1/forward-auth", &headers);
    assert_eq!(answer.await.status, 200);
}

#[tokio::test]
async fn nobody_passes_while_the_keys_are_unavailable() {
    let gateway = Gateway::new(POLICY);
    gateway.test.publish(None);
    let ready = || gateway.ask_from("192.0.2.1", "GET", "/readyz", &[]);
    assert_eq!(ready().await.status, 503);
    let answer = gateway
        .forward_auth(&gateway.reader, "GET", "/articles/7")
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (503, "1")
    );
    assert!(!answer.headers.contains_key("x-auth-subject"));
    assert_eq!(gateway.forward_auth("", "GET", "/health").await.status, 200);
    assert_eq!(
        gateway
            .ask_from("192.0.2.1", "GET", "/healthz", &[])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_gateway_that_is_about_to_stop_answers_and_is_not_ready() {
    let gateway = Gateway::new(POLICY);
    let ready = || gateway.ask_from("192.0.2.1", "GET", "/readyz", &[]);
    assert_eq!(ready().await.status, 200);
    gateway.draining.store(true, Ordering::Relaxed);
    assert_eq!(ready().await.status, 503);
    let answer = gateway.forward_auth(&gateway.reader, "GET", "/me").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn requests_that_the_listener_could_not_read_are_refused() {
    let gateway = Gateway::new(POLICY);
    for status in [StatusCode::BAD_REQUEST, StatusCode::URI_TOO_LONG] {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(MalformedHead { status });
        assert_eq!(gateway.send(request).await.status, status);
    }
}
