//! The OpenAPI description: what the handlers declare, and the problems from their table.

mod bounds;
mod finish;
mod version_3_0;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::problem::kinds::{self, Kind};
use crate::problem::{self, Document, MEDIA_TYPE};

/// Declares `$name`, the error responses of one or more operations: the problems of every operation,
/// those of the named groups, and the listed ones.
macro_rules! problems {
    ($name:ident = $($group:ident)? $(+ $more:ident)*, [$($kind:ident),* $(,)?]) => {
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                $crate::openapi::responses(&[
                    $crate::openapi::ALWAYS,
                    $($crate::openapi::$group,)?
                    $($crate::openapi::$more,)*
                    &[$(&$crate::problem::kinds::$kind),*],
                ])
            }
        }
    };
}
pub(crate) use problems;

/// The problems of every operation.
pub(crate) const ALWAYS: &[&Kind] = &[&kinds::INTERNAL_ERROR, &kinds::UNAVAILABLE];

/// The problems of operations with an access token.
pub(crate) const BEARER: &[&Kind] = &[&kinds::INVALID_TOKEN, &kinds::TOKEN_REQUIRED];

/// The problems of operations with a JSON body.
pub(crate) const BODY: &[&Kind] = &[
    &kinds::CONTENT_TOO_LARGE,
    &kinds::INVALID_JSON,
    &kinds::INVALID_REQUEST,
    &kinds::REQUEST_TIMEOUT,
    &kinds::UNSUPPORTED_MEDIA_TYPE,
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Accounts, sessions, access tokens and decisions.\n\n\
            An error is a problem document (RFC 9457): the last segment of its `type` names the problem, \
            and [the page of that name](../problems) explains it. A body with an unknown or a repeated \
            member is refused. Times are RFC 3339 in UTC.\n\n\
            Responses have links, so that a program can follow them from `register` to `login`, \
            `refresh` and `logout`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "account", description = "The bearer's own account."),
        (name = "session", description = "Log in, refresh, log out."),
        (name = "access", description = "Decisions by the roles of the policy."),
        (name = "administration", description = "Accounts of others, as far as the policy allows it."),
        (name = "service", description = "Keys, metadata and health."),
    ),
    components(schemas(Document)),
    modifiers(&Common),
)]
pub(crate) struct Description;

/// The components that operations refer to: the bearer scheme, and each problem as a response and an
/// example.
struct Common;

impl Modify for Common {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        for kind in kinds::ALL {
            let slug = || kind.slug.to_owned();
            components
                .examples
                .insert(slug(), described_example(kind).into());
            components
                .responses
                .insert(slug(), response(&[kind]).into());
        }
    }
}

fn described_example(kind: &Kind) -> utoipa::openapi::example::Example {
    ExampleBuilder::new()
        .summary(kind.title)
        .value(Some(problem::example(kind)))
        .build()
}

/// One response for each status, with all problems that have it.
pub(crate) fn responses(groups: &[&[&Kind]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<&Kind>> = BTreeMap::new();
    for kind in groups.iter().copied().flatten() {
        by_status
            .entry(kind.status.as_u16())
            .or_default()
            .push(kind);
    }
    let response = |(status, kinds): (u16, Vec<&Kind>)| {
        let response = match kinds.as_slice() {
            [kind] => RefOr::Ref(Ref::from_response_name(kind.slug)),
            kinds => response(kinds).into(),
        };
        (status.to_string(), response)
    };
    by_status.into_iter().map(response).collect()
}

fn response(kinds: &[&Kind]) -> Response {
    let mut kinds = kinds.to_vec();
    kinds.sort_by_key(|kind| kind.slug);
    let example = |kind: &&Kind| {
        let place = format!("#/components/examples/{}", kind.slug);
        (kind.slug.to_owned(), RefOr::Ref(Ref::new(place)))
    };
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(kinds.iter().map(example))
        .build();
    // Links are relative to `/docs/`, the page that shows the description.
    let names: Vec<_> = kinds
        .iter()
        .map(|kind| format!("[`{0}`](../problems/{0})", kind.slug))
        .collect();
    let response = ResponseBuilder::new()
        .description(names.join(", "))
        .content(MEDIA_TYPE, content);
    let status = kinds.first().map(|kind| kind.status);
    headers(status)
        .into_iter()
        .fold(response, |response, (name, description)| {
            let header = HeaderBuilder::new().description(Some(description)).build();
            response.header(name, header)
        })
        .build()
}

fn headers(status: Option<StatusCode>) -> Option<(&'static str, &'static str)> {
    match status {
        Some(StatusCode::UNAUTHORIZED) => {
            Some(("WWW-Authenticate", "The challenge of RFC 6750 §3."))
        }
        Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
            Some(("Retry-After", "Seconds to wait."))
        }
        _ => None,
    }
}

/// The text of a description in version 3.1, with the bounds of requests.
///
/// # Panics
/// Never: all keys of a description are strings.
pub(crate) fn text_3_1(mut openapi: utoipa::openapi::OpenApi) -> String {
    bounds::apply(&mut openapi);
    finish::apply(&mut openapi);
    let mut text = openapi.to_pretty_json().expect("all keys are strings");
    text.push('\n');
    text
}

/// The same description in version 3.0.3.
///
/// # Panics
/// Never: the text is JSON.
pub(crate) fn text_3_0(text_3_1: &str) -> String {
    let description: Value = serde_json::from_str(text_3_1).expect("JSON");
    let mut text = format!("{:#}", version_3_0::of(description));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

    fn description() -> Value {
        serde_json::from_str(&crate::openapi()).unwrap()
    }

    fn operations(description: &Value) -> impl Iterator<Item = (String, &Value)> {
        let paths = description["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| {
            let item = item.as_object().unwrap().iter();
            item.map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
    }

    #[test]
    fn openapi_json_is_up_to_date() {
        let generated = crate::openapi();
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(CHECKED_IN, &generated).unwrap();
        }
        let checked_in = std::fs::read_to_string(CHECKED_IN).unwrap_or_default();
        assert!(
            checked_in == generated,
            "hosts/rest/openapi.json differs from the code; `UPDATE_OPENAPI=1 cargo test -p auth-rest \
             openapi` rewrites it"
        );
    }

    #[test]
    fn every_operation_has_its_own_name_and_a_summary() {
        let description = description();
        let mut names = BTreeSet::new();
        for (place, operation) in operations(&description) {
            assert!(
                names.insert(operation["operationId"].as_str().unwrap()),
                "{place}"
            );
            assert!(operation["summary"].is_string(), "{place}");
        }
    }

    #[test]
    fn operations_with_a_token_say_so_and_document_its_refusal() {
        for (place, operation) in operations(&description()) {
            let open = [
                "/v1/register",
                "/v1/login",
                "/v1/token/refresh",
                "/v1/setup",
            ];
            let public = !place.contains("/v1/") || open.iter().any(|path| place.ends_with(path));
            let schemes = operation["security"].as_array().expect("security");
            assert_eq!(schemes.is_empty(), public, "{place}");
            assert!(
                public || operation["responses"]["401"].is_object(),
                "{place}"
            );
        }
    }

    /// `openapi-generator` refuses a document in which the body of a link is an object.
    #[test]
    fn the_body_of_a_link_is_a_text() {
        let description = description();
        for (place, operation) in operations(&description) {
            let responses = operation["responses"].as_object().unwrap();
            let links = responses.values().filter_map(|it| it["links"].as_object());
            for (name, link) in links.flatten() {
                let body = &link["requestBody"];
                assert!(body.is_null() || body.is_string(), "{place} {name}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_response_is_referred_to() {
        let description = description();
        let mut used = BTreeSet::new();
        let mut open = vec![&description];
        while let Some(value) = open.pop() {
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    open.extend(members.values());
                    if let Some(Value::String(reference)) = members.get("$ref") {
                        let target = description.pointer(reference.trim_start_matches('#'));
                        assert!(target.is_some(), "{reference}");
                        used.insert(reference.clone());
                    }
                }
                _ => {}
            }
        }
        for name in description["components"]["responses"]
            .as_object()
            .unwrap()
            .keys()
        {
            let reference = format!("#/components/responses/{name}");
            assert!(used.contains(&reference), "{reference}");
        }
    }
}
