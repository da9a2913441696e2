//! The HTTP surface of Countersign: an axum router around the component's answers.
//!
//! JSON, OpenAPI, problem documents and pages exist in this crate alone, and this crate holds no
//! rule. The router opens no socket: the server and the function for AWS Lambda put the same router
//! behind listeners of their own. A host that knows the peer of a request adds it as
//! `ConnectInfo<SocketAddr>`; a host that runs in invocations adds the [`Invocation`].

mod app;
mod base_url;
mod body_budget;
mod demand;
mod even_time;
mod extract;
mod identity;
mod middleware;
mod openapi;
mod pages;
mod problem;
mod proxies;
mod representations;
mod router;
mod routes;
mod source;
mod source_names;

pub use app::{App, Config, Probe};
pub use demand::{FORWARD_AUTH, FORWARDED_URI, UnknownParameter, demanded_permissions};
pub use extract::bearer::{MalformedBearer, bearer_token};
pub use identity::identity_headers;
pub use middleware::access_log::describe_metrics;
pub use middleware::cors::{Origin, OriginError};
pub use middleware::malformed_head::MalformedHead;
pub use middleware::request_id::Invocation;
pub use problem::{email_reason, password_reason};
pub use proxies::{KnownProxy, Proxies, parse_hop};
pub use router::{openapi, router, router_with};
pub use source::Source;
pub use source_names::SourceNames;
pub use utoipa_axum::router::OpenApiRouter;
