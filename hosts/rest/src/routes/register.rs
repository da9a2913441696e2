//! `POST /v1/register`

use auth_runtime::{RegisterError, Registered};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::app::Shared;
use crate::extract::client_address::ClientAddress;
use crate::extract::json::Json;
use crate::openapi::problems;
use crate::problem::{self, Problem, kinds};
use crate::representations::account::Account;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    #[schema(example = "ada@example.com")]
    email: String,
    /// Its length is counted in characters, and all of them matter. The policy sets the minimum.
    #[schema(example = "a long and quiet evening", value_type = String, format = Password)]
    password: Zeroizing<String>,
}

/// The answer for a new and for a taken address alike.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    #[schema(example = "accepted")]
    status: &'static str,
}

problems!(
    Refusals = BODY,
    [BUSY, EMAIL_TAKEN, REGISTRATION_CLOSED, TOO_MANY_ATTEMPTS]
);

/// Register
///
/// Creates an account. By default the answer does not tell whether the address was taken; under the
/// policy's `registration.answer = "disclose"` it does, with 201 or 409.
#[utoipa::path(
    post,
    path = "/v1/register",
    tag = "account",
    request_body = Registration,
    responses(
        (
            status = 201,
            description = "The new account, where the policy discloses it.",
            body = Account,
            links((
                "LogIn" = (
                    operation_id = "login",
                    request_body = "$request.body",
                    description = "The same address and password log in.",
                )
            )),
        ),
        (
            status = 202,
            description = "Accepted, whether or not the address was taken.",
            body = Accepted,
            links((
                "LogIn" = (
                    operation_id = "login",
                    request_body = "$request.body",
                    description = "The same address and password log in.",
                )
            )),
        ),
        Refusals,
    )
)]
pub(crate) async fn register(
    State(app): State<Shared>,
    ClientAddress(source): ClientAddress,
    Json(body): Json<Registration>,
) -> Result<Response, Problem> {
    let registered = app.service.register(&body.email, &body.password, &source);
    match registered.await? {
        Ok(Registered::Accepted) => {
            let accepted = Accepted { status: "accepted" };
            Ok((StatusCode::ACCEPTED, axum::Json(accepted)).into_response())
        }
        Ok(Registered::Created(account)) => {
            Ok((StatusCode::CREATED, axum::Json(Account::from(account))).into_response())
        }
        Err(error) => Err(match error {
            RegisterError::Busy => Problem::busy(),
            RegisterError::Closed => Problem::new(&kinds::REGISTRATION_CLOSED),
            RegisterError::EmailTaken => Problem::new(&kinds::EMAIL_TAKEN),
            RegisterError::InvalidEmail(violation) => problem::invalid_email("/email", violation),
            RegisterError::Throttled(seconds) => Problem::throttled(seconds),
            RegisterError::WeakPassword(violations) => {
                problem::weak_password("/password", violations, app.service.policy().settings())
            }
        }),
    }
}
