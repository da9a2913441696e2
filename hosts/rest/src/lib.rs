//! The HTTP surface of Countersign: an axum router around the component's answers.
//!
//! JSON, OpenAPI and problem documents live here and only here; no rule does. The router opens no
//! socket: a server and AWS Lambda put the same one behind their own listeners. A host that knows the
//! peer adds it to each request as `ConnectInfo<SocketAddr>`, and one that runs in invocations says
//! of which one it is ([`Invocation`]).

mod base_url;
mod extract;
mod middleware;
mod openapi;
mod problem;
mod router;
mod routes;
mod timestamp;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use auth_runtime::{Service, Verifier};
use ipnet::IpNet;

pub use middleware::access_log::{Invocation, describe_metrics};
pub use middleware::cors::{Origin, OriginError};
pub use problem::{email_reason, password_reason};
pub use router::{openapi, router};

/// Answers whether the service can do its work, its store included.
pub type Probe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// What the router answers with.
pub struct App {
    /// The flows.
    pub service: Service,
    /// Decisions, without a store.
    pub verifier: Verifier,
    /// The JWK set of the keys that tokens are, were or will be signed with (RFC 7517 §5), as JSON;
    /// `None` while the host does not have them.
    pub published_keys: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// For `/readyz`.
    pub ready: Probe,
    /// The numbers in the text format of Prometheus, for `/metrics`; `None` where they go elsewhere.
    pub metrics: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    /// How requests are treated.
    pub config: Config,
}

/// How requests are treated.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whose pages may call from a browser.
    pub allowed_origins: Vec<Origin>,
    /// Hops whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// From the head of a request to the head of its answer. Half of it may pass before the body is
    /// there.
    pub request_timeout: Duration,
    /// Of the host, for `/healthz`.
    pub version: &'static str,
    /// Of the component, in hexadecimal, for `/healthz`.
    pub component_sha256: &'static str,
}

impl Config {
    /// No other origin, no proxy, 64 KiB, 30 seconds.
    #[must_use]
    pub fn new(version: &'static str, component_sha256: &'static str) -> Self {
        Self {
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            body_limit: 64 << 10,
            request_timeout: Duration::from_secs(30),
            version,
            component_sha256,
        }
    }
}

/// The state of the handlers.
type Shared = Arc<App>;
