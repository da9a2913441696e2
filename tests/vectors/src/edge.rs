//! The gateway and the authorizer, with the keys and the policy of the vectors and a clock that they
//! set. Both take one audience and one leeway, so there is one of each for every pair of these.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use auth_authorizer::Authorizer;
use auth_edge_tests::TestGate;
use auth_gate::Gate;
use auth_rest::Proxies;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, HeaderValue};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::vectors::{TokenVector, Vectors};

/// The longest leeway that a policy can state; a longer one counts as this.
const LONGEST_LEEWAY: u32 = 60;
const MALFORMED: &str = "malformed";

/// What stands before a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `countersign gateway`, as a proxy asks it.
    Gateway,
    /// The authorizer, as a REST API asks it.
    Authorizer,
}

/// All doors of one kind.
pub struct Edge<'a> {
    vectors: &'a Vectors,
    door: Door,
    open: BTreeMap<(&'a str, u32), (TestGate, Open)>,
}

enum Open {
    Gateway(Router),
    Authorizer(Box<Authorizer>),
}

impl<'a> Edge<'a> {
    /// Makes the doors when a vector needs them.
    pub fn new(vectors: &'a Vectors, door: Door) -> Self {
        Self {
            vectors,
            door,
            open: BTreeMap::new(),
        }
    }

    /// The verdict on a token. The authorizer tells no reason, so there it is that of the vector
    /// wherever it refuses rightly.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn verify(&mut self, vector: &'a TokenVector) -> Result<Value> {
        let (vectors, door) = (self.vectors, self.door);
        let leeway = vector.leeway.min(LONGEST_LEEWAY);
        let entry = self.open.entry((&vector.audience, leeway));
        let (test, open) = entry.or_insert_with(|| make(vectors, door, &vector.audience, leeway));
        if vector.token.starts_with(' ') {
            // In a header it would be a space more behind the scheme (RFC 9110 §11.4).
            return Ok(json!(MALFORMED));
        }
        test.clock.set(vector.now);
        match open {
            Open::Gateway(router) => ask(router, &vector.token).await,
            Open::Authorizer(authorizer) => {
                let event = json!({
                    "type": "TOKEN",
                    "authorizationToken": format!("Bearer {}", vector.token),
                    "methodArn": "arn:aws:execute-api:eu-west-1:111122223333:abcdef123/prod/GET/",
                });
                Ok(match (authorizer.answer(&event).await, &vector.verdict) {
                    (Ok(_), _) => json!("valid"),
                    (Err(_), expected) if expected == "valid" => json!("refused"),
                    (Err(_), expected) => expected.clone(),
                })
            }
        }
    }
}

fn make(vectors: &Vectors, door: Door, audience: &str, leeway: u32) -> (TestGate, Open) {
    let policy = format!("{}\n[token]\nleeway_seconds = {leeway}\n", vectors.policy);
    let (test, gate) = TestGate::of(&policy, &vectors.issuer, audience);
    test.publish(Some(vectors.jwks["keys"].clone()));
    let open = match door {
        Door::Gateway => Open::Gateway(gateway(gate)),
        Door::Authorizer => Open::Authorizer(Box::new(Authorizer::new(gate))),
    };
    (test, open)
}

fn gateway(gate: Gate) -> Router {
    let proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    auth_gateway::router(gate, Proxies::from(proxies), Arc::default())
}

async fn ask(router: &Router, token: &str) -> Result<Value> {
    // No header can hold a control character, so a token with one reaches no server.
    let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) else {
        return Ok(json!(MALFORMED));
    };
    let mut request = Request::get("/ext-authz/").body(Body::empty())?;
    request.headers_mut().insert(AUTHORIZATION, value);
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = router.clone().oneshot(request).await?;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 16).await?;
    if status == StatusCode::OK {
        return Ok(json!("valid"));
    }
    let problem: Value = serde_json::from_slice(&body)?;
    let detail = problem["detail"].as_str().context("no detail")?;
    Ok(match detail.strip_prefix("the token is refused: ") {
        Some(reason) => json!(reason),
        None if detail.contains("no single bearer token") => json!(MALFORMED),
        None => json!(detail),
    })
}
