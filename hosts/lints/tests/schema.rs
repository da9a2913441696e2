//! The JSON Schema of the policy file says what the parser does.

use auth_rules::policy_file::{Diagnostic, Fault, compile, compile_routes};
use auth_rules::rbac::Pattern;
use proptest::prelude::*;
use proptest::string::string_regex;
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(auth_lints::POLICY_SCHEMA).unwrap()
}

/// What is wrong with a policy, its routes included.
fn diagnostics(text: &str) -> Vec<Diagnostic> {
    let of_routes = compile_routes(text).err().unwrap_or_default();
    let mut diagnostics = compile(text).err().unwrap_or_default();
    diagnostics.extend(of_routes);
    diagnostics
}

/// The faults of a key in a policy that states only this. A contradiction is one of two keys, which
/// the schema says nothing about.
fn faults(path: &str, value: &str) -> Vec<Fault> {
    let text = format!("{path} = {value}\n");
    let diagnostics = diagnostics(&text);
    let of_key = diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.path == path);
    let faults = of_key.map(|diagnostic| diagnostic.fault);
    faults
        .filter(|fault| !matches!(fault, Fault::Contradiction | Fault::UnknownRole))
        .collect()
}

/// Follows a reference to a definition.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"]
        .as_str()
        .and_then(|name| name.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

fn visit(root: &Value, schema: &Value, path: &str, seen: &mut usize) {
    let schema = resolved(root, schema);
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], false, "{path}");
        let mut keys: Vec<_> = properties.keys().cloned().collect();
        keys.sort_unstable();
        assert_eq!(known(path), keys, "{path}");
        for (key, schema) in properties {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            visit(root, schema, &path, seen);
        }
        return;
    }
    *seen += 1;
    let wrong = if path.starts_with("roles") {
        "5"
    } else {
        "1979-05-27"
    };
    if path == "roles" {
        return visit(root, &schema["additionalProperties"], "roles.user", seen);
    }
    assert_ne!(faults(path, wrong), [], "{path} takes {wrong}");
    if path == "routes" {
        return visit_routes(resolved(root, &schema["items"]));
    }
    for choice in schema["enum"].as_array().into_iter().flatten() {
        assert_eq!(faults(path, &choice.to_string()), [], "{path} = {choice}");
        assert_eq!(faults(path, "'other'"), [Fault::ImpossibleValue], "{path}");
    }
    let ranges = schema["anyOf"]
        .as_array()
        .into_iter()
        .flatten()
        .chain([schema]);
    for range in ranges.filter(|range| range["type"] == "integer") {
        let (low, high) = (
            range["minimum"].as_i64().unwrap(),
            range["maximum"].as_i64().unwrap(),
        );
        for (number, fits) in [
            (low - 1, false),
            (low, true),
            (high, true),
            (high + 1, false),
        ] {
            let fault = (!fits).then_some(Fault::ImpossibleValue);
            assert_eq!(
                faults(path, &number.to_string()),
                Vec::from_iter(fault),
                "{path} = {number}"
            );
        }
    }
    if schema["type"] == "array" {
        assert_eq!(faults(path, "[]"), [], "{path}");
    }
}

/// The keys and the words of a route.
fn visit_routes(route: &Value) {
    let properties = route["properties"].as_object().unwrap();
    let mut keys: Vec<_> = properties.keys().cloned().collect();
    keys.sort_unstable();
    assert_eq!(known("[routes]"), keys);
    for key in keys {
        for wrong in ["5", "'other'"] {
            let found = diagnostics(&format!("[[routes]]\n{key} = {wrong}\n"));
            let is_of_key = |found: &Diagnostic| found.path == format!("routes[0].{key}");
            assert!(found.iter().any(is_of_key), "{key} = {wrong}: {found:?}");
        }
    }
    for word in properties["access"]["enum"].as_array().unwrap() {
        assert_eq!(
            diagnostics(&format!("[[routes]]\npath = '/'\naccess = {word}")),
            []
        );
    }
    let least = |key: &str| format!("[[routes]]\npath = '/'\naccess = 'token'\n{key}");
    assert_eq!(diagnostics(&least("methods = ['GET']")), []);
    assert_ne!(diagnostics(&least("methods = []")), []);
    assert_ne!(diagnostics(&least("permission = 'a:b'")), []);
}

/// The keys that the parser knows in a table, in order.
fn known(path: &str) -> Vec<String> {
    let text = if path.is_empty() {
        "'*' = 1".to_owned()
    } else {
        format!("[{path}]\n'*' = 1")
    };
    let diagnostics = diagnostics(&text);
    let mut hints = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.reason.strip_prefix("unknown key; known here: "));
    let keys = hints.next().expect("a list of keys").split(", ");
    let mut keys: Vec<_> = keys.map(|key| key.trim_matches('`').to_owned()).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn keys_bounds_and_words_are_those_of_the_parser() {
    let (schema, mut seen) = (schema(), 0);
    visit(&schema, &schema, "", &mut seen);
    assert!(seen >= 50, "only {seen} keys were looked at");
}

#[test]
fn defaults_are_those_of_the_parser() {
    let schema = schema();
    let mut text = String::new();
    for (table, of_table) in schema["properties"].as_object().unwrap() {
        for (key, of_key) in of_table["properties"].as_object().into_iter().flatten() {
            let default = &of_key["default"];
            let has_effect = !key.starts_with("argon2_");
            if !default.is_null() && has_effect {
                text += &format!("{table}.{key} = {default}\n");
            }
        }
    }
    assert_eq!(compile(&text), compile(""), "{text}");
}

#[test]
fn names_that_the_parser_takes_fit_and_others_do_not() {
    let schema = schema();
    let pattern = |name: &str| {
        schema["$defs"][name]["pattern"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    proptest!(|(text in string_regex(pattern("permission").trim_matches(['^', '$'])).unwrap())| {
        prop_assert!(Pattern::parse(&text).is_ok(), "{}", text);
    });
    proptest!(|(name in string_regex(pattern("role-name").trim_matches(['^', '$'])).unwrap())| {
        let text = format!("[roles.admin]\n[roles.user]\n[roles.x]\ninherits = ['{name}']\n[roles.{name}]");
        let diagnostics = compile(&text).err().unwrap_or_default();
        prop_assert!(diagnostics.iter().all(|found| found.fault != Fault::MalformedName), "{}", name);
    });
}
