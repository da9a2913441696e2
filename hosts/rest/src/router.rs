//! Which path leads where, and what surrounds every answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::base_url::BaseUrl;
use crate::extract::json::BodyLimits;
use crate::middleware::{access_log, cors, fallback, headers, request_id};
use crate::openapi::Description;
use crate::routes::users::{account as user, roles};
use crate::routes::{
    authorize, docs, health, login, me, metadata, metrics_page, problems, register, setup, tokens,
    users,
};
use crate::{App, Config, Shared, problem};

/// The whole surface, for any listener.
///
/// The peer of a request is taken from its `ConnectInfo<SocketAddr>`; without one the client counts as
/// unknown.
pub fn router(app: App) -> Router {
    let base_url = BaseUrl::new(&app.service.policy().deployment().issuer);
    let config = app.config.clone();
    let routes = Router::from(described())
        .merge(undescribed())
        .with_state(Arc::new(app));
    surround(routes, base_url, &config)
}

/// The description of the surface: OpenAPI 3.1 as JSON, the same text for the same code.
///
/// # Panics
/// Never: what handlers say of themselves can be written down.
#[must_use]
pub fn openapi() -> String {
    let mut text = described()
        .into_openapi()
        .to_pretty_json()
        .expect("all keys are strings");
    text.push('\n');
    text
}

/// What the OpenAPI description describes.
fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(tokens::refresh))
        .routes(routes!(tokens::logout))
        .routes(routes!(me::show_me))
        .routes(routes!(me::change_password))
        .routes(routes!(me::list_my_sessions))
        .routes(routes!(me::end_my_session))
        .routes(routes!(authorize::authorize))
        .routes(routes!(setup::set_up))
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(
            user::show_user,
            user::change_user,
            user::delete_user
        ))
        .routes(routes!(user::end_user_sessions))
        .routes(routes!(user::unlock_user))
        .routes(routes!(roles::grant_role, roles::take_role))
        .routes(routes!(metadata::published_keys))
        .routes(routes!(metadata::server_metadata))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics_page::metrics))
}

/// Pages for people, and the description itself.
fn undescribed() -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(docs::description))
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::page))
        .route("/docs/{file}", get(docs::part))
        .route("/problems", get(problems::index))
        .route("/problems/{slug}", get(problems::explain))
}

/// Adds what every answer needs, from the inside to the outside: whatever a handler, an extractor or a
/// layer refuses with becomes a problem document, readable for allowed origins, strict, named, logged.
fn surround(routes: Router, base_url: BaseUrl, config: &Config) -> Router {
    let mut routes = routes
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn_with_state(
            config.request_timeout,
            fallback::limit_time,
        ))
        .layer(CatchPanicLayer::custom(fallback::answer_panic))
        .layer(from_fn_with_state(base_url, problem::render));
    if !config.allowed_origins.is_empty() {
        routes = routes.layer(cors::layer(&config.allowed_origins));
    }
    routes
        .layer(from_fn(headers::harden))
        .layer(from_fn(access_log::record))
        .layer(from_fn(request_id::assign))
}

impl FromRef<Shared> for BodyLimits {
    fn from_ref(app: &Shared) -> Self {
        let time: Duration = app.config.request_timeout / 2;
        Self {
            bytes: app.config.body_limit,
            time,
        }
    }
}

#[cfg(test)]
mod tests;
