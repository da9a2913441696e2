//! Finds the path of the service that an event asks for.

/// The facts of an event that decide about the path.
pub struct Route<'a> {
    /// The path of the URL that `lambda_http` made. It is percent-encoded, and begins with the
    /// stage: `lambda_http` adds the stage where it is missing.
    pub path: &'a str,
    /// The path as it stands in the event.
    pub raw: &'a str,
    pub stage: Option<&'a str>,
    /// Whether the event's own path begins with the stage. The path of an HTTP API does, under the
    /// domain that API Gateway generated for it.
    pub holds_stage: bool,
}

/// Whether API Gateway generated this domain. The paths of a generated domain begin with the stage,
/// and those of a custom domain with the path that the API is mapped to.
pub fn is_generated(domain: &str) -> bool {
    domain.contains(".execute-api.")
}

/// The path without the stage. On a custom domain it is also without the path of the issuer, which
/// is the URL where clients reach the service.
pub fn service_path(route: &Route<'_>, issuer_path: Option<&str>) -> String {
    let Route {
        path,
        raw,
        stage,
        holds_stage,
    } = route;
    let stage = stage.filter(|stage| *stage != "$default");
    let prefix = stage.map(|stage| format!("/{stage}"));
    let mut rest = *path;
    if let Some(prefix) = &prefix
        && without(raw, prefix).is_none_or(|rest| rest == "/" && *raw == prefix.as_str())
    {
        rest = without(rest, prefix).unwrap_or(rest);
    }
    let mapped = if *holds_stage {
        prefix.as_deref()
    } else {
        issuer_path
    };
    if let Some(mapped) = mapped.filter(|mapped| !mapped.is_empty()) {
        rest = without(rest, mapped).unwrap_or(rest);
    }
    rest.to_owned()
}

/// The rest of the path after the prefix, if the prefix ends at the end of a segment.
fn without<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    match path.strip_prefix(prefix)? {
        "" => Some("/"),
        rest => rest.starts_with('/').then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_and_the_path_of_the_issuer_are_taken_off_once() {
        // (path of lambda_http, raw, stage, holds stage, issuer's path) -> path of the service
        for (path, raw, stage, holds_stage, issuer, expected) in [
            // REST API: neither path has the stage, and lambda_http adds it.
            (
                "/prod/v1/login",
                "/v1/login",
                "prod",
                false,
                None,
                "/v1/login",
            ),
            ("/prod/", "/", "prod", false, None, "/"),
            ("/v1/login", "/v1/login", "v1", false, None, "/v1/login"),
            ("/prod/prodigy", "/prodigy", "prod", false, None, "/prodigy"),
            // REST API that is mapped to a path of a custom domain.
            (
                "/prod/auth/v1/me",
                "/auth/v1/me",
                "prod",
                false,
                Some("/auth"),
                "/v1/me",
            ),
            ("/prod/auth", "/auth", "prod", false, Some("/auth"), "/"),
            (
                "/prod/author",
                "/author",
                "prod",
                false,
                Some("/auth"),
                "/author",
            ),
            // HTTP API.
            (
                "/v1/login",
                "/v1/login",
                "$default",
                false,
                None,
                "/v1/login",
            ),
            (
                "/prod/v1/login",
                "/prod/v1/login",
                "prod",
                true,
                None,
                "/v1/login",
            ),
            (
                "/v1/v1/login",
                "/v1/v1/login",
                "v1",
                true,
                None,
                "/v1/login",
            ),
            ("/prod/prod", "/prod", "prod", true, None, "/"),
            ("/prod/", "/prod/", "prod", true, None, "/"),
            // HTTP API under a custom domain: lambda_http adds the stage, which the event's path
            // lacks.
            (
                "/prod/v1/login",
                "/v1/login",
                "prod",
                false,
                None,
                "/v1/login",
            ),
            (
                "/prod/auth/docs/",
                "/auth/docs/",
                "prod",
                false,
                Some("/auth"),
                "/docs/",
            ),
            (
                "/auth/healthz",
                "/auth/healthz",
                "$default",
                false,
                Some("/auth"),
                "/healthz",
            ),
        ] {
            let route = Route {
                path,
                raw,
                stage: Some(stage),
                holds_stage,
            };
            assert_eq!(
                service_path(&route, issuer),
                expected,
                "{path} {raw} {stage}"
            );
        }
    }

    #[test]
    fn generated_domains_are_known() {
        assert!(is_generated("a1b2c3.execute-api.eu-west-1.amazonaws.com"));
        assert!(is_generated(
            "a1b2c3.execute-api.cn-north-1.amazonaws.com.cn"
        ));
        assert!(!is_generated("auth.example.com"));
    }
}
