//! What stands before a program: the gateway and the authorizer.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use auth_authorizer::Authorizer;
use auth_gate::Gate;
use auth_rest::Proxies;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, HeaderValue};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

/// What stands before a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `countersign gateway`, as a proxy asks it.
    Gateway,
    /// The authorizer, as a REST API asks it.
    Authorizer,
}

/// A door with its gate.
pub enum Open {
    Gateway(Router),
    Authorizer(Box<Authorizer>),
}

impl Open {
    /// Puts a gate into a door.
    pub fn new(door: Door, gate: Gate) -> Self {
        let proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        match door {
            Door::Gateway => {
                let proxies = Proxies::from(proxies);
                Self::Gateway(auth_gateway::router(gate, proxies, Arc::default()))
            }
            Door::Authorizer => Self::Authorizer(Box::new(Authorizer::new(gate))),
        }
    }
}

/// Asks the gateway as a proxy does; `None` when no header can hold the token.
pub async fn ask(
    router: &Router,
    token: &str,
    target: &str,
) -> Result<Option<(StatusCode, Bytes)>> {
    let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) else {
        return Ok(None);
    };
    let mut request = Request::get(target).body(Body::empty())?;
    request.headers_mut().insert(AUTHORIZATION, value);
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = router.clone().oneshot(request).await?;
    let status = answer.status();
    Ok(Some((status, to_bytes(answer.into_body(), 1 << 16).await?)))
}

/// The event of a REST API for a `GET` of this path, without the slash at its beginning.
pub fn event(token: &str, path: &str) -> Value {
    json!({
        "type": "TOKEN",
        "authorizationToken": format!("Bearer {token}"),
        "methodArn": format!("arn:aws:execute-api:eu-west-1:111122223333:abcdef123/prod/GET/{path}"),
    })
}
