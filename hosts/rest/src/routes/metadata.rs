//! Documents for verifiers: the published keys, and the metadata of RFC 8414.

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::base_url::BaseUrl;
use crate::openapi::problems;
use crate::problem::Problem;

/// For how long verifiers may cache an answer. A key is published at least that long before its first
/// use.
const CACHE: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");
/// Everybody may know these documents, so pages of any origin may read them.
const PUBLIC: (HeaderName, &str) = (ACCESS_CONTROL_ALLOW_ORIGIN, "*");

problems!(Refusals =, []);

/// Published keys
///
/// The public keys that access tokens are signed with, as a JWK set (RFC 7517 §5).
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "service",
    responses(
        (
            status = 200,
            description = "The keys.",
            content_type = "application/jwk-set+json",
            body = Object,
            example = json!({
                "keys": [{
                    "kty": "EC",
                    "crv": "P-256",
                    "kid": "2026-01",
                    "alg": "ES256",
                    "use": "sig",
                    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                }],
            }),
        ),
        Refusals,
    )
)]
pub(crate) async fn published_keys(
    State(app): State<Shared>,
) -> Result<([(HeaderName, &'static str); 3], String), Problem> {
    let keys = (app.published_keys)().ok_or_else(Problem::unavailable)?;
    let kind = (CONTENT_TYPE, "application/jwk-set+json");
    Ok(([CACHE, PUBLIC, kind], keys))
}

/// Authorization server metadata (RFC 8414 §2). The service issues tokens through its own calls and has
/// no OAuth 2.0 endpoint, so the metadata names none.
#[derive(Serialize, ToSchema)]
pub(crate) struct Metadata {
    /// The `iss` of the tokens.
    #[schema(format = "uri", example = "https://auth.example.com")]
    issuer: String,
    #[schema(
        format = "uri",
        example = "https://auth.example.com/.well-known/jwks.json"
    )]
    jwks_uri: String,
    /// Left out where the service does not describe itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        format = "uri",
        example = "https://auth.example.com/docs/"
    )]
    service_documentation: Option<String>,
    /// Empty, since the service has no authorization endpoint.
    response_types_supported: Vec<&'static str>,
    /// Empty. Left out, it would mean `authorization_code` and `implicit`.
    grant_types_supported: Vec<&'static str>,
}

/// Server metadata
///
/// For verifiers that look up the keys by the issuer.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    tag = "service",
    responses((status = 200, description = "The metadata.", body = Metadata), Refusals)
)]
pub(crate) async fn server_metadata(
    State(app): State<Shared>,
) -> ([(HeaderName, &'static str); 2], axum::Json<Metadata>) {
    let base_url = BaseUrl::new(&app.service.policy().deployment().issuer);
    let metadata = Metadata {
        issuer: base_url.issuer().to_owned(),
        jwks_uri: base_url.url("/.well-known/jwks.json"),
        service_documentation: app.config.describes.then(|| base_url.url("/docs/")),
        response_types_supported: Vec::new(),
        grant_types_supported: Vec::new(),
    };
    ([CACHE, PUBLIC], axum::Json(metadata))
}
