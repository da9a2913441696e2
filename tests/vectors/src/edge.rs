//! The tokens at the gateway and the authorizer, with the keys and the policy of the vectors and a clock
//! that they set. Both take one audience and one leeway, so there is one of each for every pair of these.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use auth_edge_tests::TestGate;
use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::door::{Door, Open, ask, event};
use crate::vectors::{TokenVector, Vectors};

/// The longest leeway that a policy can state; a longer one counts as this.
const LONGEST_LEEWAY: u32 = 60;
const MALFORMED: &str = "malformed";

/// All doors of one kind.
pub struct Edge<'a> {
    vectors: &'a Vectors,
    door: Door,
    open: BTreeMap<(&'a str, u32), (TestGate, Open)>,
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
            Open::Gateway(router) => by_gateway(router, &vector.token).await,
            Open::Authorizer(authorizer) => {
                let answer = authorizer.answer(&event(&vector.token, "")).await;
                Ok(match (answer, &vector.verdict) {
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
    (test, Open::new(door, gate))
}

async fn by_gateway(router: &Router, token: &str) -> Result<Value> {
    // No header can hold a control character, so a token with one reaches no server.
    let Some((status, body)) = ask(router, token, "/ext-authz/").await? else {
        return Ok(json!(MALFORMED));
    };
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
