//! The parts that the router is built from: the service, its keys and the settings of the surface.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use auth_runtime::{Service, Verifier};

use crate::body_budget::BodyBudget;
use crate::middleware::cors::Origin;
use crate::proxies::Proxies;
use crate::source_names::SourceNames;

/// Answers whether the service can do its work, its store included.
pub type Probe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// The parts that the router is built from.
pub struct App {
    /// Runs the flows in the component.
    pub service: Service,
    /// Verifies tokens and decides on permissions, without a store.
    pub verifier: Verifier,
    /// Gives the JWK set of the keys that tokens are, were or will be signed with (RFC 7517 §5), as
    /// JSON, or `None` while the host does not have the keys.
    pub published_keys: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// Answers `/readyz`, anew for each request.
    pub ready: Probe,
    /// The core modules of the component by their names, compressed by gzip, for the page that checks
    /// tokens in the browser.
    pub core_modules: &'static [(&'static str, &'static [u8])],
    /// The settings of the surface: origins, proxies and limits.
    pub config: Config,
}

/// The settings of the surface.
#[derive(Clone, Debug)]
pub struct Config {
    /// Origins of pages that may call from a browser.
    pub allowed_origins: Vec<Origin>,
    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Proxies,
    /// How the access log and the audit log name the source of a request.
    pub source_names: SourceNames,
    /// The longest request body that is read, in bytes.
    pub body_limit: usize,
    /// The longest time from the head of a request to the head of its answer. The body has to arrive
    /// within half of it.
    pub request_timeout: Duration,
    /// The version of the host, for `/healthz`.
    pub version: &'static str,
    /// The SHA-256 of the component in hexadecimal, for `/healthz`.
    pub component_sha256: &'static str,
    /// Whether the service describes itself: its calls at `/docs/` and `/openapi.json`, its version
    /// and its component in `/healthz`.
    pub describes: bool,
    pub(crate) bodies: Arc<BodyBudget>,
}

impl Config {
    /// The defaults: no other origin, no proxy, 64 KiB, 30 seconds.
    #[must_use]
    pub fn new(version: &'static str, component_sha256: &'static str) -> Self {
        Self {
            allowed_origins: Vec::new(),
            trusted_proxies: Proxies::default(),
            source_names: SourceNames::default(),
            body_limit: 64 << 10,
            request_timeout: Duration::from_secs(30),
            version,
            component_sha256,
            describes: true,
            bodies: Arc::default(),
        }
    }
}

/// The state that every handler shares.
pub(crate) type Shared = Arc<App>;
