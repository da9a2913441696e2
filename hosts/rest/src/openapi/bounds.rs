//! The bounds of texts in requests, as the rules state them. A client that keeps to them is not refused
//! for the form of what it sends.
//!
//! Bounds that the policy can change stand here with the widest values that a policy can have.

use utoipa::openapi::path::Parameter;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{ArrayItems, SchemaFormat};
use utoipa::openapi::{OpenApi, RefOr, Schema};

use super::finish::operations;

/// The form of a text.
#[derive(Clone, Copy)]
struct Text {
    format: Option<&'static str>,
    pattern: Option<&'static str>,
    lengths: Option<(usize, usize)>,
}

const ANY: Text = Text {
    format: None,
    pattern: None,
    lengths: None,
};

/// `core/rules/src/email.rs`: at most 254 bytes, of which 64 stand before the `@`.
const EMAIL: Text = Text {
    format: Some("idn-email"),
    pattern: Some(
        r"^[^@\s\u0000-\u001f\u007f-\u009f]{1,64}@[^@\s\u0000-\u001f\u007f-\u009f]{1,252}$",
    ),
    lengths: Some((3, 254)),
};

/// `core/rules/src/password.rs`: the shortest and the longest of any policy, without controls.
const NEW_PASSWORD: Text = Text {
    format: Some("password"),
    pattern: Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"),
    lengths: Some((15, 1024)),
};

/// `core/rules/src/opaque_token.rs`: a prefix, and 56 bytes in base64url.
const REFRESH: Text = of_pattern("^csr_[A-Za-z0-9_-]{75}$");
const DEVICE: Text = of_pattern("^csd_[A-Za-z0-9_-]{75}$");
/// `core/rules/src/one_time_code.rs`: a prefix, and 32 bytes.
const SETUP: Text = of_pattern("^css_[A-Za-z0-9_-]{43}$");
/// `core/rules/src/rbac/permission.rs`.
const PERMISSION: Text = of_pattern("^[a-z0-9][a-z0-9._/-]{0,63}:[a-z0-9][a-z0-9._/-]{0,63}$");
/// `core/rules/src/policy_file/definition.rs`.
const ROLE: Text = of_pattern("^[a-z][a-z0-9_-]{0,63}$");
/// `core/rules/src/page.rs`: base64url.
const CURSOR: Text = of_pattern("^[A-Za-z0-9_-]{2,2048}$");
const ID: Text = Text {
    format: Some("uuid"),
    ..ANY
};
/// The beginning of an address.
const SEARCH: Text = Text {
    lengths: Some((0, 254)),
    ..ANY
};

/// The members of bodies, by schema.
const MEMBERS: [(&str, &str, Text); 15] = [
    ("Login", "device_token", DEVICE),
    ("Login", "email", EMAIL),
    ("Login", "new_password", NEW_PASSWORD),
    ("NewUser", "email", EMAIL),
    ("NewUser", "roles", ROLE),
    ("PasswordChange", "new_password", NEW_PASSWORD),
    ("Question", "owner", ID),
    ("Question", "permission", PERMISSION),
    ("RefreshToken", "refresh_token", REFRESH),
    ("Registration", "email", EMAIL),
    ("Registration", "password", NEW_PASSWORD),
    ("Setup", "email", EMAIL),
    ("Setup", "password", NEW_PASSWORD),
    ("Setup", "token", SETUP),
    ("Account", "id", ID),
];

/// The parameters of paths and queries, by name.
const PARAMETERS: [(&str, Text); 5] = [
    ("cursor", CURSOR),
    ("id", ID),
    ("permission", PERMISSION),
    ("role", ROLE),
    ("search", SEARCH),
];

const fn of_pattern(pattern: &'static str) -> Text {
    Text {
        format: None,
        pattern: Some(pattern),
        lengths: None,
    }
}

/// Writes the bounds into a description.
pub(super) fn apply(openapi: &mut OpenApi) {
    let components = openapi.components.get_or_insert_default();
    for (schema, member, text) in MEMBERS {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(schema)
            && let Some(member) = object.properties.get_mut(member)
        {
            text.bound(member);
        }
    }
    for operation in openapi.paths.paths.values_mut().flat_map(operations) {
        let parameters = operation.parameters.iter_mut().flatten();
        parameters.for_each(bound_parameter);
        operation.request_body.iter_mut().for_each(leave_null_out);
    }
}

/// Describes an optional body without `null`. The service takes `null` too, but generated clients that
/// read of it send a body that they do not have.
fn leave_null_out(body: &mut RefOr<RequestBody>) {
    let RefOr::T(body) = body else {
        return;
    };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else {
            continue;
        };
        let Some(RefOr::T(Schema::OneOf(choice))) = &mut content.schema else {
            continue;
        };
        choice.items.retain(|item| matches!(item, RefOr::Ref(_)));
        if choice.items.len() == 1 {
            content.schema = choice.items.pop();
        }
    }
}

fn bound_parameter(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else {
        return;
    };
    let known = PARAMETERS.iter().find(|(name, _)| *name == parameter.name);
    if let (Some((_, text)), Some(schema)) = (known, &mut parameter.schema) {
        text.bound(schema);
    }
}

impl Text {
    /// Bounds a text, or each text of a list.
    fn bound(&self, schema: &mut RefOr<Schema>) {
        match schema {
            RefOr::T(Schema::Object(object)) => {
                let format = self.format.map(str::to_owned);
                object.format = format.map(SchemaFormat::Custom).or(object.format.take());
                object.pattern = self.pattern.map(str::to_owned);
                object.min_length = self.lengths.map(|(least, _)| least);
                object.max_length = self.lengths.map(|(_, most)| most);
            }
            RefOr::T(Schema::Array(array)) => {
                if let ArrayItems::RefOrSchema(items) = &mut array.items {
                    self.bound(items);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_bound_is_in_the_description() {
        let description: Value = serde_json::from_str(&crate::openapi()).unwrap();
        let is_bound = |schema: &Value| {
            let found = |key| schema.get(key).is_some();
            ["pattern", "minLength", "maxLength", "format"]
                .into_iter()
                .any(found)
        };
        for (schema, member, _) in MEMBERS {
            let place = format!("/components/schemas/{schema}/properties/{member}");
            let found = description.pointer(&place).expect(&place);
            assert!(is_bound(found) || is_bound(&found["items"]), "{place}");
        }
        for item in description["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let schema = &parameter["schema"];
                    assert!(
                        is_bound(schema) || schema["maximum"].is_number(),
                        "{parameter}"
                    );
                }
            }
        }
    }

    /// The example of a request is one that its bounds allow.
    #[test]
    fn examples_are_within_their_bounds() {
        let description: Value = serde_json::from_str(&crate::openapi()).unwrap();
        for (schema, member, text) in MEMBERS {
            let place = format!("/components/schemas/{schema}/properties/{member}/example");
            let example = description.pointer(&place).and_then(Value::as_str);
            if let (Some(example), Some((least, most))) = (example, text.lengths) {
                let length = example.chars().count();
                assert!((least..=most).contains(&length), "{place}: {example}");
            }
        }
    }
}
