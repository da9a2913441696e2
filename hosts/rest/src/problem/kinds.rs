//! Every kind of problem that this surface answers with: the pages under `/problems` and the error
//! responses of the OpenAPI description come from this table.

use axum::http::StatusCode;

/// What stays the same whenever the problem occurs (RFC 9457 §3.1.1, §3.1.3).
pub(crate) struct Kind {
    /// The last segment of `type`. Stable: clients decide by it.
    pub(crate) slug: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    /// For whoever follows `type`: when it happens and what helps.
    pub(crate) explanation: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:ident, $title:literal, $explanation:literal;)*) => {
        $(pub(crate) static $name: Kind = Kind {
            slug: $slug,
            status: StatusCode::$status,
            title: $title,
            explanation: $explanation,
        };)*

        /// All kinds, in order of slug.
        pub(crate) static ALL: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    ACCOUNT_DISABLED = "account-disabled", FORBIDDEN, "Account disabled",
        "The password is right, but an administrator has disabled the account. Only an administrator \
         can enable it again.";
    ACCOUNT_NOT_FOUND = "account-not-found", NOT_FOUND, "No such account",
        "No account has this id. It may have been deleted.";
    BEYOND_OWN_RIGHTS = "beyond-own-rights", FORBIDDEN, "Beyond your own rights",
        "The account or the role concerned may do something that your own roles do not allow. Nobody \
         hands out, or takes power over, more than they have.";
    BUSY = "busy", SERVICE_UNAVAILABLE, "Busy",
        "All places for hashing passwords are taken. Nothing was done and no attempt was counted. Send \
         the same request again after the time in `Retry-After`.";
    CONTENT_TOO_LARGE = "content-too-large", PAYLOAD_TOO_LARGE, "Content too large",
        "The body is longer than any valid request needs.";
    EMAIL_TAKEN = "email-taken", CONFLICT, "Address taken",
        "An account with this e-mail address exists already.";
    FORBIDDEN = "forbidden", FORBIDDEN, "Forbidden",
        "None of your roles allows this. The detail names the permission that it takes.";
    INITIAL_PASSWORD_EXPIRED = "initial-password-expired", FORBIDDEN, "Initial password expired",
        "The password is right, but it is the initial one that an administrator was given, and it was \
         not replaced in time. An administrator has to create the account anew.";
    INTERNAL_ERROR = "internal-error", INTERNAL_SERVER_ERROR, "Internal error",
        "The service has a fault. Its log has the cause under the `request_id`; trying again will \
         probably not help.";
    INVALID_CREDENTIALS = "invalid-credentials", UNAUTHORIZED, "Invalid credentials",
        "No account has this e-mail address, or the password is not the account's. The service does not \
         say which.";
    INVALID_GRANT = "invalid-grant", BAD_REQUEST, "Invalid refresh token",
        "The refresh token belongs to no live session: it is unknown, expired, was revoked, or was used \
         before. Log in again. A token that is used a second time ends its session, since somebody may \
         have a copy of it. The member `error` is `invalid_grant`, as in OAuth 2.0 (RFC 6749 §5.2).";
    INVALID_JSON = "invalid-json", BAD_REQUEST, "Not JSON",
        "The body is not one JSON text in UTF-8 (RFC 8259).";
    INVALID_REQUEST = "invalid-request", UNPROCESSABLE_ENTITY, "Invalid request",
        "The request is well-formed but breaks a rule. Each entry of `errors` names the place, as a JSON \
         pointer into the body or as a query parameter, the rule's `code`, and the reason.";
    INVALID_SETUP_TOKEN = "invalid-setup-token", FORBIDDEN, "Invalid set-up token",
        "This is not the present one-time set-up token, or the first administrator was made already. The \
         service prints a new token at each start while there is no administrator.";
    INVALID_TOKEN = "invalid-token", UNAUTHORIZED, "Invalid access token",
        "The access token is malformed, expired, not from this service, or its session is over. Use the \
         refresh token, or log in again.";
    METHOD_NOT_ALLOWED = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "The path exists, but not with this method. `Allow` lists the methods it has.";
    NOT_FOUND = "not-found", NOT_FOUND, "Not found",
        "The service has no such path.";
    OWN_ACCOUNT = "own-account", FORBIDDEN, "Not to your own account",
        "Administrators do not disable, delete or take roles from their own account, so that one \
         administrator remains.";
    PASSWORD_REPLACEMENT_REQUIRED = "password-replacement-required", FORBIDDEN, "Replace the password",
        "The password is right, but it is the initial one that an administrator was given. Log in again \
         with `new_password` as well: the password is replaced and the session begins in one step.";
    REGISTRATION_CLOSED = "registration-closed", FORBIDDEN, "Registration closed",
        "Only administrators create accounts here.";
    REQUEST_TIMEOUT = "request-timeout", REQUEST_TIMEOUT, "Request took too long",
        "The body did not arrive in time.";
    ROLE_NOT_FOUND = "role-not-found", NOT_FOUND, "No such role",
        "The policy defines no role of this name.";
    SESSION_NOT_FOUND = "session-not-found", NOT_FOUND, "No such session",
        "Your account has no session with this id. It may be over.";
    TOKEN_REQUIRED = "token-required", UNAUTHORIZED, "Access token required",
        "The request needs an access token in the header `Authorization: Bearer …` (RFC 6750 §2.1). \
         Tokens in the query string are not read.";
    TOO_MANY_ATTEMPTS = "too-many-attempts", TOO_MANY_REQUESTS, "Too many attempts",
        "Too many attempts failed. Wait as long as `Retry-After` says; trying earlier does not prolong \
         the wait.";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "Unavailable",
        "The service, or the store it depends on, cannot answer for now. Try again after the time in \
         `Retry-After`.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type",
        "Bodies must be `application/json`, without a content coding.";
    WRONG_PASSWORD = "wrong-password", FORBIDDEN, "Wrong password",
        "The current password is not this one. It counts like a failed login.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique_and_in_order() {
        assert!(ALL.is_sorted_by(|a, b| a.slug < b.slug));
    }

    #[test]
    fn slugs_fit_into_a_path_segment() {
        for kind in ALL {
            assert!(
                kind.slug
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                kind.slug
            );
            assert!(kind.status.is_client_error() || kind.status.is_server_error());
        }
    }
}
