//! The router: probes for everybody, questions for the proxies of the gateway.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_gate::Gate;
use auth_rest::{MalformedHead, Proxies};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use crate::answer;
use crate::question::Question;

struct Surface {
    gate: Gate,
    proxies: Proxies,
    draining: Arc<AtomicBool>,
}

/// Builds the router of the gateway, for any listener. Questions are answered to these proxies alone;
/// the peer of a request is taken from its `ConnectInfo<SocketAddr>`. While `draining` is set, the
/// gateway is not ready, and answers all the same.
pub fn router(gate: Gate, proxies: Proxies, draining: Arc<AtomicBool>) -> Router {
    // The paths below `/ext-authz/` are those of other programs, so no router may read them.
    let surface = Arc::new(Surface {
        gate,
        proxies,
        draining,
    });
    Router::new().fallback(respond).with_state(surface)
}

async fn respond(State(surface): State<Arc<Surface>>, request: Request) -> Response {
    // The whole question stands in the head.
    let (head, _) = request.into_parts();
    if let Some(MalformedHead { status }) = head.extensions.get() {
        return answer::problem(*status, "the head of the request is malformed");
    }
    match head.uri.path() {
        "/healthz" => answer::probe(true),
        "/readyz" => {
            let keys = surface.gate.keys();
            keys.prepare().await;
            let is_draining = surface.draining.load(Ordering::Relaxed);
            answer::probe(keys.is_ready() && !is_draining)
        }
        _ => surface.decide(&head).await,
    }
}

impl Surface {
    async fn decide(&self, head: &Parts) -> Response {
        let peer = head.extensions.get::<ConnectInfo<SocketAddr>>();
        if !peer.is_some_and(|ConnectInfo(peer)| self.proxies.contain(peer.ip())) {
            tracing::warn!(?peer, "a question of a stranger");
            return answer::reject_stranger();
        }
        let question = match Question::read(head, !self.gate.routes().is_empty()) {
            Ok(question) => question,
            Err(unasked) => {
                tracing::warn!(?unasked, "a question that cannot be read");
                return answer::misunderstand(unasked);
            }
        };
        match self.gate.judge(&head.headers, question.asked()).await {
            Ok(claims) => answer::pass(claims.as_ref()),
            Err(refusal) => {
                log(&question, refusal.reason());
                answer::refuse(&refusal)
            }
        }
    }
}

/// Logs a refusal, without the query, which may hold secrets.
fn log(Question { method, target, .. }: &Question, reason: &str) {
    let path = target.split('?').next().unwrap_or_default();
    tracing::info!(method, path, reason, "refused");
}
