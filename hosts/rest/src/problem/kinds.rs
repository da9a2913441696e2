//! The table of problems. The pages under `/problems` and the error responses of the OpenAPI
//! description are made from it.

use axum::http::StatusCode;

/// The properties that a problem has each time it occurs (RFC 9457 §3.1.1, §3.1.3).
pub(crate) struct Kind {
    /// The last segment of `type`. It never changes, since clients decide by it.
    pub(crate) slug: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    /// When the problem occurs and what helps, for the page that `type` leads to.
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
        "The account or the role concerned has a permission that your own roles do not give you. You \
         cannot grant, or act on an account with, more permissions than you have.";
    BUSY = "busy", SERVICE_UNAVAILABLE, "Busy",
        "The queue for hashing passwords has no place for another request from your network, or others are \
         changing the same accounts. Nothing was changed and no attempt was counted. Send the same request \
         again after the time in `Retry-After`.";
    CONTENT_TOO_LARGE = "content-too-large", PAYLOAD_TOO_LARGE, "Content too large",
        "The body is longer than any valid request needs.";
    EMAIL_TAKEN = "email-taken", CONFLICT, "Address taken",
        "An account with this e-mail address exists already.";
    FORBIDDEN = "forbidden", FORBIDDEN, "Forbidden",
        "None of your roles allows this. The detail names the permission that is needed.";
    HEAD_TOO_LARGE = "head-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Head too large",
        "The header fields of the request are longer than 64 KiB, or more than 100.";
    INITIAL_PASSWORD_EXPIRED = "initial-password-expired", FORBIDDEN, "Initial password expired",
        "The password is right, but it is an initial password that was not replaced in time. An \
         administrator has to delete the account and create it again.";
    INTERNAL_ERROR = "internal-error", INTERNAL_SERVER_ERROR, "Internal error",
        "The service failed because of an error of its own. Its log has the cause under the \
         `request_id`. Trying again will probably not help.";
    INVALID_CREDENTIALS = "invalid-credentials", UNAUTHORIZED, "Invalid credentials",
        "No account has this e-mail address, or the password is not the account's. The service does not \
         say which.";
    INVALID_GRANT = "invalid-grant", BAD_REQUEST, "Invalid refresh token",
        "The refresh token belongs to no live session: it is unknown, has expired, was revoked, or was \
         used before. Log in again. A second use of a token by another client, or after a few seconds, \
         ends its session, since a copy of the token may be in other hands. The member `error` is `invalid_grant`, as in OAuth 2.0 (RFC 6749 §5.2).";
    INVALID_JSON = "invalid-json", BAD_REQUEST, "Not JSON",
        "The body is not a JSON text in UTF-8 (RFC 8259).";
    INVALID_REQUEST = "invalid-request", UNPROCESSABLE_ENTITY, "Invalid request",
        "The request is well-formed but breaks a rule. Each entry of `errors` names the place, as a JSON \
         pointer into the body, a query parameter or a header, the rule's `code`, and the reason.";
    INVALID_SETUP_TOKEN = "invalid-setup-token", FORBIDDEN, "Invalid set-up token",
        "This is not the current one-time set-up token, it is older than 24 hours, or the first \
         administrator exists already. While there is no administrator, each start of the service makes a \
         new token.";
    INVALID_TOKEN = "invalid-token", UNAUTHORIZED, "Invalid access token",
        "The access token is malformed, has expired, comes from another service, or its session has \
         ended. Use the refresh token, or log in again.";
    LAST_ADMINISTRATOR = "last-administrator", FORBIDDEN, "Perhaps the last administrator",
        "The account has the role that the set-up gives, and you do not, so that nobody might be left \
         with that role. Only an administrator with that role, or the operator, can take it from an \
         account, or disable or delete the account.";
    MALFORMED_REQUEST = "malformed-request", BAD_REQUEST, "Malformed request",
        "The head of the request breaks the rules of HTTP (RFC 9112): for instance it has no `Host` or \
         two, two lengths, or a character that no field may have. The connection is closed.";
    METHOD_NOT_ALLOWED = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "The path does not support this method. The header `Allow` lists the methods that it supports.";
    NOT_FOUND = "not-found", NOT_FOUND, "Not found",
        "The service has no such path.";
    OWN_ACCOUNT = "own-account", FORBIDDEN, "Not to your own account",
        "You cannot disable or delete your own account, or take roles from it. So at least one \
         administrator remains.";
    PASSWORD_REPLACEMENT_REQUIRED = "password-replacement-required", FORBIDDEN, "Replace the password",
        "The password is right, but it is an initial password. Log in again and send `new_password` as \
         well: the login replaces the password and begins the session in one step.";
    REGISTRATION_CLOSED = "registration-closed", FORBIDDEN, "Registration closed",
        "Only administrators create accounts here.";
    REQUEST_TIMEOUT = "request-timeout", REQUEST_TIMEOUT, "Request took too long",
        "The body did not arrive in time.";
    ROLE_NOT_FOUND = "role-not-found", NOT_FOUND, "No such role",
        "The policy defines no role of this name.";
    SESSION_NOT_FOUND = "session-not-found", NOT_FOUND, "No such session",
        "Your account has no session with this id. The session may have ended.";
    TOKEN_REQUIRED = "token-required", UNAUTHORIZED, "Access token required",
        "The request needs an access token in the header `Authorization: Bearer …` (RFC 6750 §2.1). \
         Tokens in the query string are not read.";
    TOO_MANY_ATTEMPTS = "too-many-attempts", TOO_MANY_REQUESTS, "Too many attempts",
        "Too many attempts failed, or too many people registered from your network. Wait for the time in \
         `Retry-After`. An earlier attempt is refused, but does not make the wait longer.";
    TOO_MANY_ROLES = "too-many-roles", CONFLICT, "Too many roles",
        "With all of these roles, the access tokens of the account would be longer than programs that \
         check them take. Take a role from the account first, or define one role that inherits several.";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "Unavailable",
        "The service, or the store that it depends on, cannot answer now. Try again after the time in \
         `Retry-After`.";
    UNPROVED_ADDRESS = "unproved-address", CONFLICT, "Nobody has proved the address",
        "Somebody registered the account, and nothing proves that they own its address. The role gives \
         permissions to administer Countersign. Make sure that the account belongs to the person you \
         mean, then send `allow_unproved_address` as well; or delete the account and create it anew.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type",
        "Bodies must be `application/json`, without a content coding.";
    URI_TOO_LONG = "uri-too-long", URI_TOO_LONG, "URI too long",
        "The target of the request is longer than that of any call.";
    WRONG_PASSWORD = "wrong-password", FORBIDDEN, "Wrong password",
        "The current password is a different one. The attempt counts like a failed login.";
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
