//! `GET /v1/forward-auth`: decides for a proxy whether a request may pass.

use auth_runtime::{Claims, DecideError, Decision, Question};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};

use crate::app::Shared;
use crate::demand::{FORWARDED_URI, UnknownParameter, demanded_permissions};
use crate::extract::bearer::Bearer;
use crate::identity::identity_headers;
use crate::openapi::problems;
use crate::problem::{InputError, Place, Problem, kinds};
use crate::routes::authorize::expectation;

/// How the description shows the query, which [`demanded_permissions`] reads.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
struct Demand {
    /// The permission that the bearer needs: `resource:action`, without wildcards. Without it any
    /// valid token passes; where it stands several times, each is needed.
    #[param(example = "documents:read")]
    permission: Option<String>,
}

problems!(Refusals = BEARER, [FORBIDDEN, INVALID_REQUEST]);

/// Decide for a proxy whether a request may pass
///
/// For `auth_request` of nginx and `forward_auth` of Caddy and Traefik. The proxy states the permission,
/// and passes the header `Authorization` on. Reads no store: after a session has ended, its access token
/// is accepted until it expires.
#[utoipa::path(
    get,
    path = "/v1/forward-auth",
    tag = "access",
    security(("bearer" = [])),
    params(Demand),
    responses(
        (
            status = 200,
            description = "The request may pass.",
            headers(
                ("X-Auth-Subject" = String, description = "The id of the account."),
                ("X-Auth-Roles" = String, description = "Its roles, joined by commas."),
                ("X-Auth-Client" = String, description = "The client of the token."),
                ("X-Auth-Session" = String, description = "The id of the session."),
            ),
        ),
        Refusals
    )
)]
pub(crate) async fn forward_auth(
    State(app): State<Shared>,
    Bearer(token): Bearer,
    uri: Uri,
    headers: HeaderMap,
) -> Result<HeaderMap, Problem> {
    let target = headers.get(FORWARDED_URI);
    let target = target.and_then(|target| target.to_str().ok());
    let query = uri.query().unwrap_or_default();
    let permissions = demanded_permissions(query, target.unwrap_or_default()).map_err(unknown)?;
    let expected = expectation(app.service.policy());
    let claims = app.verifier.verify(&token, &expected)??;
    for permission in permissions {
        require(&app, &claims, permission)?;
    }
    identity_headers(Some(&claims)).map_err(|_| Problem::new(&kinds::INTERNAL_ERROR))
}

fn unknown(UnknownParameter(name): UnknownParameter) -> Problem {
    Problem::invalid_request(vec![InputError {
        place: Place::Parameter(name),
        code: "unknown-member",
        detail: "the only parameter is `permission`".into(),
    }])
}

fn require(app: &Shared, claims: &Claims, permission: String) -> Result<(), Problem> {
    let question = Question {
        subject: claims.subject.clone(),
        roles: claims.roles.clone(),
        permission,
        owner: None,
    };
    match app.verifier.decide(&question)? {
        Ok(Decision::Allowed(_)) => Ok(()),
        Ok(Decision::Denied(_) | Decision::Unmatched) => {
            let permission = question.permission;
            let detail = format!("this needs the permission `{permission}`");
            Err(Problem::new(&kinds::FORBIDDEN).detail(detail))
        }
        Err(DecideError::Token(error)) => Err(error.into()),
        Err(DecideError::MalformedPermission) => Err(Problem::invalid_request(vec![InputError {
            place: Place::Parameter("permission".into()),
            code: "malformed-permission",
            detail: "a permission is `resource:action`, without wildcards".into(),
        }])),
    }
}
