//! The HTTP surface of the gate: proxies ask it about each request before they pass the request on.
//!
//! `/v1/forward-auth` is for proxies that describe the request in headers, as `auth_request` of nginx
//! and `forward_auth` of Caddy and Traefik do. Below `/ext-authz/` a proxy repeats method and path of
//! the request, as Envoy's `ext_authz` does. Only the questions of the proxies that the operator names are
//! answered.
#![forbid(unsafe_code)]

mod answer;
mod question;
mod surface;

pub use surface::router;
