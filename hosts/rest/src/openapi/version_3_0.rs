//! The description as OpenAPI 3.0.3, for programs that know no later version, such as the import of
//! Amazon API Gateway.

use serde_json::{Map, Value, json};

/// Rewrites a description of version 3.1.
///
/// - A type or `null` becomes `nullable`, since 3.0 has no type `null`.
/// - Members beside `$ref` are ignored in 3.0, so the reference goes into `allOf`.
/// - A licence has a URL instead of an SPDX identifier.
pub(crate) fn of(mut description: Value) -> Value {
    rewrite(&mut description);
    description["openapi"] = json!("3.0.3");
    description["info"]["license"] = json!({
        "name": "Apache-2.0",
        "url": "https://www.apache.org/licenses/LICENSE-2.0",
    });
    description
}

fn rewrite(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        Value::Object(members) => {
            members.values_mut().for_each(rewrite);
            replace_null_type(members);
            replace_null_choice(members);
            move_reference(members);
        }
        _ => {}
    }
}

/// `"type": ["string", "null"]` becomes `"type": "string", "nullable": true`.
fn replace_null_type(members: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = members.get("type") else {
        return;
    };
    let other = types.iter().find(|it| *it != "null").cloned();
    let nullable = types.iter().any(|it| it == "null");
    members.insert("type".to_owned(), other.unwrap_or(Value::Null));
    if nullable {
        members.insert("nullable".to_owned(), json!(true));
    }
}

/// `"oneOf": [A, { "type": "null" }]` becomes `"allOf": [A], "type": "object", "nullable": true`: `nullable`
/// means nothing without a type beside it, and what may be null is an object in this description.
fn replace_null_choice(members: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = members.get("oneOf") else {
        return;
    };
    let others: Vec<_> = choices
        .iter()
        .filter(|choice| choice["type"] != "null")
        .cloned()
        .collect();
    if others.len() == 1 && others.len() < choices.len() {
        members.remove("oneOf");
        members.insert("allOf".to_owned(), Value::Array(others));
        members.insert("type".to_owned(), json!("object"));
        members.insert("nullable".to_owned(), json!(true));
    }
}

fn move_reference(members: &mut Map<String, Value>) {
    if members.len() > 1
        && members.get("$ref").is_some_and(Value::is_string)
        && let Some(reference) = members.remove("$ref")
    {
        members.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_3_0_does_not_know_is_said_in_its_own_words() {
        for (given, expected) in [
            (
                json!({ "type": ["string", "null"], "maxLength": 3 }),
                json!({ "type": "string", "nullable": true, "maxLength": 3 }),
            ),
            (
                json!({ "oneOf": [{ "$ref": "#/a" }, { "type": "null" }] }),
                json!({ "allOf": [{ "$ref": "#/a" }], "type": "object", "nullable": true }),
            ),
            (
                json!({ "oneOf": [{ "$ref": "#/a" }, { "$ref": "#/b" }] }),
                json!({ "oneOf": [{ "$ref": "#/a" }, { "$ref": "#/b" }] }),
            ),
            (
                json!({ "$ref": "#/a", "description": "b" }),
                json!({ "allOf": [{ "$ref": "#/a" }], "description": "b" }),
            ),
            (json!({ "$ref": "#/a" }), json!({ "$ref": "#/a" })),
        ] {
            let mut value = json!({ "x": [given] });
            rewrite(&mut value);
            assert_eq!(value, json!({ "x": [expected] }));
        }
    }

    #[test]
    fn the_description_has_no_null_type_and_no_identifier_of_a_licence() {
        let whole: Value = serde_json::from_str(&crate::openapi()).unwrap();
        let text = of(whole).to_string();
        assert!(text.starts_with('{') && text.contains("\"openapi\":\"3.0.3\""));
        for unknown in ["\"null\"", "\"identifier\"", "[\"string\""] {
            assert!(!text.contains(unknown), "{unknown}");
        }
    }
}
