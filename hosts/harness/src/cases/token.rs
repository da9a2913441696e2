//! Tokens: what a verifier makes of them, at several times.

use std::ops::Range;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json, json};
use toml::de::{DeTable, DeValue};

use crate::duration::{not_a_duration, parse_duration};
use crate::fault::{Faults, unknown};
use crate::names;
use crate::policy::{AUDIENCE, ISSUER, Policy};
use crate::reader::Fields;

/// A token that is verified at one time.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) content: Content,
    /// How long after the file's `now` it is verified.
    pub(crate) after: Duration,
    /// The audience of the verifier.
    pub(crate) audience: String,
    pub(crate) expected: String,
}

/// Where a token comes from.
#[derive(Clone)]
pub(crate) enum Content {
    /// The text itself, as another service issued it.
    Verbatim(String),
    /// Header and claims, in base64url, to be signed with the key of the harness or with another one.
    Signed {
        signing_input: String,
        is_forged: bool,
    },
}

/// Reads a `[[token]]`: one case for each time. `now` is in milliseconds since the Unix epoch.
pub(crate) fn read(
    fields: &mut Fields<'_, '_>,
    policy: &Policy,
    now: u64,
) -> Vec<(Range<usize>, Token)> {
    let content = match fields.text("token") {
        Some(text) => Some(Content::Verbatim(text.value)),
        None => signed(fields, policy, now),
    };
    let audience = fields
        .text("for")
        .map_or(AUDIENCE.to_owned(), |text| text.value);
    let mut times = Vec::new();
    if let Some(text) = fields.text("expect") {
        times.extend(
            outcome(&text.value, text.bytes.clone(), fields.faults)
                .map(|outcome| (text.bytes, Duration::ZERO, outcome)),
        );
    }
    for (key, value) in fields.table("at").into_iter().flat_map(|(table, _)| table) {
        let Some(text) = fields.as_text(value) else {
            continue;
        };
        let Some(after) = parse_duration(key.get_ref()) else {
            fields.faults.add(key.span(), not_a_duration(key.get_ref()));
            continue;
        };
        times.extend(
            outcome(&text.value, text.bytes, fields.faults)
                .map(|outcome| (key.span(), after, outcome)),
        );
    }
    if times.is_empty() && !fields.has("expect") && !fields.has("at") {
        fields.faults.add(
            fields.bytes(),
            "the token is verified at no time; state `expect` or `at`",
        );
    }
    times.sort_by_key(|(_, after, _)| *after);
    let Some(content) = content else {
        return Vec::new();
    };
    let case = |(bytes, after, expected)| {
        let (content, audience) = (content.clone(), audience.clone());
        (
            bytes,
            Token {
                content,
                after,
                audience,
                expected,
            },
        )
    };
    times.into_iter().map(case).collect()
}

fn outcome(text: &str, bytes: Range<usize>, faults: &mut Faults) -> Option<String> {
    let known: Vec<_> = [names::OK].iter().chain(names::TOKEN).copied().collect();
    if !known.contains(&text) {
        faults.add(bytes, unknown("outcome", text, &known));
        return None;
    }
    Some(text.to_owned())
}

/// The id of the key with which the harness signs.
pub(crate) const KEY_ID: &str = "harness";

/// A token with the claims that the service would write, but for those that the case states.
fn signed(fields: &mut Fields<'_, '_>, policy: &Policy, now: u64) -> Option<Content> {
    let seconds = now / 1000;
    let lifetime = fields.duration("lifetime").map_or_else(
        || u64::from(policy.compiled.settings().token.access_seconds),
        |lifetime| lifetime.as_secs(),
    );
    let mut claims = object(json!({
        "iss": ISSUER, "sub": "subject", "aud": AUDIENCE, "client_id": "countersign",
        "jti": "token-1", "sid": "session-1", "roles": [], "iat": seconds,
        "exp": seconds + lifetime, "auth_time": seconds, "amr": ["pwd"],
    }));
    let mut header = object(json!({ "alg": "HS256", "kid": KEY_ID, "typ": "at+jwt" }));
    for (key, part) in [("claims", &mut claims), ("header", &mut header)] {
        if let Some((table, _)) = fields.table(key) {
            part.extend(members(table, fields.faults));
        }
    }
    for name in fields.texts("without").unwrap_or_default() {
        if claims
            .remove(&name.value)
            .or_else(|| header.remove(&name.value))
            .is_none()
        {
            fields.faults.add(
                name.bytes,
                format!("the token has no member `{}`", name.value),
            );
        }
    }
    let part = |part: Map<String, Json>| URL_SAFE_NO_PAD.encode(Json::Object(part).to_string());
    Some(Content::Signed {
        signing_input: format!("{}.{}", part(header), part(claims)),
        is_forged: fields.flag("forged"),
    })
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(object) => object,
        _ => Map::new(),
    }
}

fn members(table: &DeTable<'_>, faults: &mut Faults) -> Map<String, Json> {
    let mut members = Map::new();
    for (key, value) in table {
        match to_json(value.get_ref()) {
            Some(json) => {
                members.insert(key.get_ref().to_string(), json);
            }
            None => faults.add(
                value.span(),
                "a claim is a string, a number, true, false, a list or a table",
            ),
        }
    }
    members
}

fn to_json(value: &DeValue<'_>) -> Option<Json> {
    match value {
        DeValue::String(text) => Some(Json::String(text.to_string())),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(Json::from),
        DeValue::Float(float) => float.as_str().parse::<f64>().ok().map(Json::from),
        DeValue::Boolean(flag) => Some(Json::Bool(*flag)),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let members = table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), to_json(value.get_ref())?)));
            members.collect::<Option<Map<_, _>>>().map(Json::Object)
        }
        DeValue::Datetime(_) => None,
    }
}
