//! The refusals that the operations on accounts share.

use auth_runtime::AdministrationError;

use crate::app::Shared;
use crate::problem::{self, InputError, Place, Problem, kinds};

/// The problem for an error that most operations on accounts can give.
pub(super) fn refuse(app: &Shared, error: AdministrationError) -> Problem {
    match error {
        AdministrationError::BeyondOwnRights => Problem::new(&kinds::BEYOND_OWN_RIGHTS),
        AdministrationError::Busy => Problem::busy(),
        AdministrationError::EmailTaken => Problem::new(&kinds::EMAIL_TAKEN),
        AdministrationError::Forbidden(permission) => Problem::new(&kinds::FORBIDDEN)
            .detail(format!("this needs the permission `{permission}`")),
        AdministrationError::InvalidEmail(violation) => problem::invalid_email("/email", violation),
        AdministrationError::InvalidPage => invalid_parameter(
            "cursor",
            "invalid-cursor",
            "this is not the `next` of a page",
        ),
        AdministrationError::LastAdministrator => Problem::new(&kinds::LAST_ADMINISTRATOR),
        AdministrationError::NotFound => Problem::new(&kinds::ACCOUNT_NOT_FOUND),
        AdministrationError::OwnAccount => Problem::new(&kinds::OWN_ACCOUNT),
        AdministrationError::Token(error) => error.into(),
        AdministrationError::TooManyRoles => Problem::new(&kinds::TOO_MANY_ROLES),
        AdministrationError::UnprovedAddress => Problem::new(&kinds::UNPROVED_ADDRESS),
        AdministrationError::UnknownRole => Problem::new(&kinds::ROLE_NOT_FOUND),
        AdministrationError::WeakPassword(violations) => {
            problem::weak_password("/password", violations, app.service.policy().settings())
        }
    }
}

pub(super) fn invalid_parameter(name: &str, code: &'static str, detail: &'static str) -> Problem {
    let place = Place::Parameter(name.to_owned());
    Problem::invalid_request(vec![InputError {
        place,
        code,
        detail: detail.into(),
    }])
}
