//! The decisions at the gateway and the authorizer. They get the subject and its roles in a token, and
//! know no owner. A proxy states the permission in its question, and an API by a route of the policy.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use auth_edge_tests::{TestGate, TestIssuer, test_claims};
use auth_rules::policy_file::compile_routes;
use auth_runtime::{Algorithm, Clock};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::door::{Door, Open, ask, event};
use crate::vectors::{DecisionVector, Vectors};

const AUDIENCE: &str = "decisions";
const MALFORMED: &str = "malformed-permission";

/// A door whose policy is that of the vectors.
pub struct Decisions<'a> {
    open: Open,
    test: TestGate,
    key: TestIssuer,
    issuer: &'a str,
    /// The path of each permission that a route can name.
    paths: BTreeMap<&'a str, String>,
}

impl<'a> Decisions<'a> {
    /// Makes the door.
    pub fn new(vectors: &'a Vectors, door: Door) -> Self {
        let mut policy = vectors.policy.clone();
        let mut paths = BTreeMap::new();
        for DecisionVector { permission, .. } in &vectors.decisions {
            let path = format!("permission-{}", paths.len());
            let route = format!("\n[[routes]]\npath = '/{path}'\npermission = '{permission}'\n");
            let is_new = !paths.contains_key(permission.as_str());
            if door == Door::Authorizer && is_new && compile_routes(&route).is_ok() {
                policy.push_str(&route);
                paths.insert(permission.as_str(), path);
            }
        }
        let key = TestIssuer::new(Algorithm::EdDsa, "a");
        let (test, gate) = TestGate::of(&policy, &vectors.issuer, AUDIENCE);
        test.publish(Some(json!([key.jwk()])));
        Self {
            open: Open::new(door, gate),
            test,
            key,
            issuer: &vectors.issuer,
            paths,
        }
    }

    /// The decision on a question without an owner. A door says yes or no, so the rule is that of the
    /// vector wherever the word is right.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn decide(&self, vector: &DecisionVector) -> Result<Value> {
        let token = self.token(vector);
        let allowed = match &self.open {
            Open::Gateway(router) => {
                let permission = form_urlencoded::byte_serialize(vector.permission.as_bytes());
                let permission: String = permission.collect();
                let target = format!("/v1/forward-auth?permission={permission}");
                let answer = ask(router, &token, &target).await?;
                match answer.context("a token that no header can hold")?.0 {
                    StatusCode::OK => true,
                    StatusCode::FORBIDDEN => false,
                    StatusCode::UNPROCESSABLE_ENTITY => return Ok(json!(MALFORMED)),
                    status => bail!("{status}"),
                }
            }
            Open::Authorizer(authorizer) => {
                // The policy would be refused.
                let Some(path) = self.paths.get(vector.permission.as_str()) else {
                    return Ok(json!(MALFORMED));
                };
                let answer = authorizer.answer(&event(&token, path)).await?;
                answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
            }
        };
        Ok(match allowed == vector.verdict["allowed"].is_object() {
            true => vector.verdict.clone(),
            false => json!({ "allowed": allowed }),
        })
    }

    fn token(&self, vector: &DecisionVector) -> String {
        let roles: Vec<_> = vector.roles.iter().map(String::as_str).collect();
        let now = self.test.clock.now();
        let mut claims = test_claims(self.issuer, AUDIENCE, now, &roles);
        claims["sub"] = json!(vector.subject);
        self.key.sign(&claims)
    }
}
