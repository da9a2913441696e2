//! Checks calls and statuses against `openapi.json`.

use std::sync::LazyLock;

use http::Method;
use serde_json::{Map, Value};

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../hosts/rest/openapi.json")).expect("JSON")
});

/// Checks that `openapi.json` lists this status for this call.
///
/// # Panics
/// When the call or its status is not described.
pub(crate) fn check(method: &Method, path: &str, status: u16) {
    let path = path.split('?').next().unwrap_or(path);
    let Some(described) = operations(path) else {
        return;
    };
    match described.get(&method.as_str().to_lowercase()) {
        Some(operation) => assert!(
            operation["responses"].get(status.to_string()).is_some(),
            "{method} {path} answers {status}, of which openapi.json says nothing"
        ),
        None => assert_eq!(status, 405, "{method} {path} is not described"),
    }
}

/// The operations of a path; a path without variables takes precedence.
fn operations(path: &str) -> Option<&'static Map<String, Value>> {
    let paths = DESCRIPTION["paths"].as_object()?;
    let found = paths.get(path).or_else(|| {
        let matching = paths.iter().find(|(template, _)| fits(template, path));
        matching.map(|(_, operations)| operations)
    });
    found?.as_object()
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(expected, part)| {
            let is_variable = expected.starts_with('{') && !part.is_empty();
            is_variable || expected == part
        })
}
