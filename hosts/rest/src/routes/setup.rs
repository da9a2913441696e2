//! `POST /v1/setup`

use auth_runtime::SetupError;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::app::Shared;
use crate::extract::json::Json;
use crate::openapi::problems;
use crate::problem::{self, Problem, kinds};
use crate::representations::account::Account;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// The one-time token that each start of the service makes while there is no administrator. It is
    /// valid for 24 hours.
    #[schema(example = "css_VGhlIHRva2VuIHRoYXQgdGhlIHNlcnZlciBwcmludGV")]
    token: String,
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "a long and quiet evening", value_type = String, format = Password)]
    password: Zeroizing<String>,
}

problems!(Refusals = BODY, [BUSY, EMAIL_TAKEN, INVALID_SETUP_TOKEN]);

/// Create the first administrator
///
/// Works once. The page at `/` has a form for it.
#[utoipa::path(
    post,
    path = "/v1/setup",
    tag = "administration",
    request_body = Setup,
    responses(
        (
            status = 201,
            description = "The administrator.",
            body = Account,
            links((
                "LogIn" = (
                    operation_id = "login",
                    request_body = "{\"email\":\"{$request.body#/email}\",\
                        \"password\":\"{$request.body#/password}\"}",
                    description = "The same address and password log in.",
                )
            )),
        ),
        Refusals,
    )
)]
pub(crate) async fn set_up(
    State(app): State<Shared>,
    Json(body): Json<Setup>,
) -> Result<(StatusCode, axum::Json<Account>), Problem> {
    match app
        .service
        .complete_setup(&body.token, &body.email, &body.password)
        .await?
    {
        Ok(account) => Ok((StatusCode::CREATED, axum::Json(account.into()))),
        Err(error) => Err(match error {
            SetupError::Busy => Problem::busy(),
            SetupError::EmailTaken => Problem::new(&kinds::EMAIL_TAKEN),
            SetupError::InvalidEmail(violation) => problem::invalid_email("/email", violation),
            SetupError::InvalidToken => Problem::new(&kinds::INVALID_SETUP_TOKEN),
            SetupError::WeakPassword(violations) => {
                problem::weak_password("/password", violations, app.service.policy().settings())
            }
        }),
    }
}
