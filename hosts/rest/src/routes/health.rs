//! `GET /healthz` and `GET /readyz`: whether the process and its store answer.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::openapi::problems;
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    /// Left out where the service does not describe itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0.1.0")]
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    component: Option<Component>,
}

/// The WebAssembly component that this process runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Component {
    /// The same in every host of one release.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: &'static str,
}

problems!(Refusals =, []);

/// Check that the process answers
///
/// Does not ask the store.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "service",
    responses((status = 200, description = "It answers.", body = Health), Refusals)
)]
pub(crate) async fn healthz(State(app): State<Shared>) -> axum::Json<Health> {
    let described = app.config.describes.then_some(&app.config);
    axum::Json(Health {
        status: "ok",
        version: described.map(|config| config.version),
        component: described.map(|config| Component {
            sha256: config.component_sha256,
        }),
    })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    #[schema(example = "ready")]
    status: &'static str,
}

/// Check that the service can work
///
/// Asks the store as well.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "service",
    responses((status = 200, description = "It can work.", body = Readiness), Refusals)
)]
pub(crate) async fn readyz(State(app): State<Shared>) -> Result<axum::Json<Readiness>, Problem> {
    if (app.ready)().await {
        Ok(axum::Json(Readiness { status: "ready" }))
    } else {
        Err(Problem::unavailable())
    }
}
