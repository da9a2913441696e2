//! The router: the route of each path, and the layers around all of them.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, Config, Shared};
use crate::base_url::BaseUrl;
use crate::demand::FORWARD_AUTH;
use crate::middleware::{
    access_log, cors, fallback, headers, malformed_head, problem_documents, request_id,
};
use crate::openapi::{Description, text_3_0, text_3_1};
use crate::routes::users::{account as user, collection as users, roles};
use crate::routes::{
    assets, authorize, docs, forward_auth, health, home, login, me, metadata, problems, register,
    setup, tokens,
};

/// Builds the router of the whole surface, for any listener.
///
/// The peer of a request is taken from its `ConnectInfo<SocketAddr>`; without one the client counts as
/// unknown.
pub fn router(app: App) -> Router {
    router_with(app, OpenApiRouter::new())
}

/// Builds the router with further routes of the host. All layers apply to them: request ids, access
/// log, CORS, strict headers, the time limit and the answer after a panic. `/openapi.json` and `/docs/`
/// describe them as well.
///
/// # Panics
/// When a further route has the path and method of another, as [`Router::merge`] does.
pub fn router_with(app: App, further: OpenApiRouter) -> Router {
    let base_url = BaseUrl::new(&app.service.policy().deployment().issuer);
    let config = app.config.clone();
    let app = Arc::new(app);
    let routes = described().with_state(Arc::clone(&app)).merge(further);
    let routes = match config.describes {
        true => with_description(routes).merge(descriptions().with_state(Arc::clone(&app))),
        false => routes.split_for_parts().0,
    };
    surround(routes.merge(pages().with_state(app)), base_url, &config)
}

/// The description of the surface: OpenAPI 3.1 as JSON, the same text for the same code.
#[must_use]
pub fn openapi() -> String {
    text_3_1(described().into_openapi())
}

/// The routes, and two more that answer with their description.
fn with_description(routes: OpenApiRouter) -> Router {
    let (routes, description) = routes.split_for_parts();
    let text = text_3_1(description);
    let former = Bytes::from(text_3_0(&text));
    let text = Bytes::from(text);
    routes
        .route(
            "/openapi.json",
            get(async move || docs::description(text.clone())),
        )
        .route(
            "/openapi-3.0.json",
            get(async move || docs::description(former.clone())),
        )
}

/// The routes that the OpenAPI description contains.
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
        .routes(routes!(forward_auth::forward_auth))
        // Some proxies ask with the method of the request that they ask about.
        .route(FORWARD_AUTH, any(forward_auth::forward_auth))
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
}

/// The pages for people and their files.
fn pages() -> Router<Shared> {
    Router::new()
        .route("/", get(home::home))
        .route("/assets/{file}", get(assets::file))
        .route("/problems", get(problems::index))
        .route("/problems/{slug}", get(problems::explain))
}

/// The page that shows the description, and the one that checks tokens.
fn descriptions() -> Router<Shared> {
    Router::new()
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::page))
        .route("/docs/{file}", get(docs::part))
        .route("/docs/token", get(docs::token::redirect))
        .route("/docs/token/", get(docs::token::page))
        .route("/docs/token/page.js", get(docs::token::script))
        .route("/docs/component/{file}", get(docs::token::component))
}

/// Adds the layers, from the inside to the outside: a refusal of a handler, an
/// extractor or a layer becomes a problem document, readable for allowed origins; every answer gets
/// strict headers, a request id and its line in the log.
fn surround(routes: Router, base_url: BaseUrl, config: &Config) -> Router {
    let mut routes = routes
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn_with_state(
            config.request_timeout,
            fallback::limit_time,
        ))
        .layer(from_fn(malformed_head::refuse))
        .layer(CatchPanicLayer::custom(fallback::answer_panic))
        .layer(from_fn_with_state(
            base_url.clone(),
            problem_documents::render,
        ));
    if !config.allowed_origins.is_empty() {
        let layer = cors::layer(&config.allowed_origins);
        routes = routes.layer(from_fn_with_state(layer, cors::allow));
    }
    routes
        .layer(from_fn_with_state(base_url, headers::harden))
        .layer(from_fn_with_state(config.clone(), access_log::record))
        .layer(from_fn_with_state(
            config.trusted_proxies.clone(),
            request_id::assign,
        ))
}

#[cfg(test)]
mod tests;
