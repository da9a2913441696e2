//! A service in axum that checks the access tokens of Countersign.
#![forbid(unsafe_code)]

mod countersign;
mod error;
mod keys;
mod settings;
mod token;
mod user;

use std::error::Error;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use countersign::Countersign;
use error::ApiError;
use settings::Settings;
use user::User;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let settings = Settings::from_environment()?;
    let countersign = Arc::new(Countersign::new(&settings)?);
    let routes = Router::new()
        .route("/health", get(health))
        .route("/me", get(me))
        .route("/users/{id}/documents", get(documents))
        .with_state(countersign);
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await?;
    tracing::info!("listens on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}

/// Answers everyone.
async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Answers every user: what the token says about its bearer.
async fn me(user: User) -> Json<Value> {
    Json(json!({ "id": user.claims.sub, "roles": user.claims.roles }))
}

/// Answers users whom the policy of Countersign permits to read the documents of this owner.
async fn documents(
    user: User,
    Path(owner): Path<String>,
    State(countersign): State<Arc<Countersign>>,
) -> Result<Json<Value>, ApiError> {
    countersign
        .authorize(&user.token, "documents:read", &owner)
        .await?;
    Ok(Json(json!({ "owner": owner, "documents": [] })))
}
