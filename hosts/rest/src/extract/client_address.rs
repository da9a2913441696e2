//! The address of the client of a request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::Shared;

/// The address of the client, or `unknown` when the host does not say who the peer is.
pub(crate) struct ClientAddress(pub(crate) String);

impl FromRequestParts<Shared> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let client = app
            .config
            .trusted_proxies
            .client(&parts.extensions, &parts.headers);
        let client = client.map(|address| address.to_string());
        Ok(Self(client.unwrap_or_else(|| "unknown".to_owned())))
    }
}
