//! Tokens: what a verifier makes of them, at several times.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use auth_memory::QuickKeys;
use auth_runtime::{Keyring, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json, json};
use toml::de::{DeTable, DeValue};

use crate::duration::{not_a_duration, parse_duration};
use crate::fault::{Faults, unknown};
use crate::names;
use crate::policy::{AUDIENCE, ISSUER, Policy};
use crate::reader::Fields;
use crate::token_keys::{self, TokenKeys};

/// A token that is verified at one time.
#[derive(Clone)]
pub(crate) struct Token {
    /// Its text, which many times share.
    pub(crate) text: Arc<str>,
    /// How long after the file's `now` it is verified.
    pub(crate) after: Duration,
    /// The issuer that the verifier expects.
    pub(crate) issuer: String,
    /// The audience of the verifier.
    pub(crate) audience: String,
    pub(crate) expected: String,
    /// The keys of the verifier, in place of the quick key of the harness.
    pub(crate) keyring: Option<Arc<dyn Keyring>>,
}

/// Reads a `[[token]]`: one case for each time. `now` is in milliseconds since the Unix epoch; `keys`
/// reads those of a file that the case names.
pub(crate) fn read(
    fields: &mut Fields<'_, '_>,
    policy: &Policy,
    now: u64,
    keys: impl Fn(&str) -> Result<Arc<dyn Keyring>, String>,
) -> Vec<(Range<usize>, Token)> {
    let (text, keyring) = match fields.text("token") {
        Some(text) => (Some(text.value), published(fields, keys)),
        None => signed(fields, policy, now),
    };
    let issuer = fields
        .text("issuer")
        .map_or(ISSUER.to_owned(), |text| text.value);
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
    let Some(text) = text else {
        return Vec::new();
    };
    let text: Arc<str> = text.into();
    let case = |(bytes, after, expected)| {
        let (text, audience) = (Arc::clone(&text), audience.clone());
        let (issuer, keyring) = (issuer.clone(), keyring.clone());
        (
            bytes,
            Token {
                text,
                after,
                issuer,
                audience,
                expected,
                keyring,
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
/// The secret of that key.
pub(crate) const QUICK_SECRET: &str = "the harness";

/// The keys of another service, in the file that `keys` names.
fn published(
    fields: &mut Fields<'_, '_>,
    keys: impl Fn(&str) -> Result<Arc<dyn Keyring>, String>,
) -> Option<Arc<dyn Keyring>> {
    let name = fields.text("keys")?;
    match keys(&name.value) {
        Ok(keys) => Some(keys),
        Err(reason) => {
            fields.faults.add(name.bytes, reason);
            None
        }
    }
}

/// The real keys of the algorithm that the case states.
fn real(fields: &mut Fields<'_, '_>) -> Option<Arc<TokenKeys>> {
    let name = fields.text("algorithm")?;
    let reason = match TokenKeys::of(&name.value) {
        Ok(Some(keys)) => return Some(keys),
        Ok(None) => unknown("algorithm", &name.value, &token_keys::algorithms()),
        Err(reason) => reason,
    };
    fields.faults.add(name.bytes, reason);
    None
}

/// The text of a token, and the keys that verify it if those of the harness do not.
type Signed = (Option<String>, Option<Arc<dyn Keyring>>);

/// A token with the claims that the service would write, but for those that the case states.
fn signed(fields: &mut Fields<'_, '_>, policy: &Policy, now: u64) -> Signed {
    let keys = real(fields);
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
    let (algorithm, id) = match &keys {
        Some(keys) => (keys.algorithm(), keys.id()),
        None => ("HS256", KEY_ID),
    };
    let mut header = object(json!({ "alg": algorithm, "kid": id, "typ": "at+jwt" }));
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
    let message = format!("{}.{}", part(header), part(claims));
    let is_forged = fields.flag("forged");
    let signature = match (&keys, is_forged) {
        (Some(keys), _) => keys.sign(message.as_bytes(), is_forged),
        (None, false) => quick(QUICK_SECRET, message.as_bytes()),
        (None, true) => quick("somebody else's", message.as_bytes()),
    };
    let keyring = keys.map(|keys| -> Arc<dyn Keyring> { keys });
    match signature {
        Ok(signature) => {
            let signature = URL_SAFE_NO_PAD.encode(signature);
            (Some(format!("{message}.{signature}")), keyring)
        }
        Err(reason) => {
            fields.faults.add(fields.bytes(), reason);
            (None, keyring)
        }
    }
}

/// Signs with a quick key of this secret.
fn quick(secret: &str, message: &[u8]) -> Result<Vec<u8>, String> {
    let signed = QuickKeys::new(KEY_ID, secret).sign(KEY_ID, message);
    signed.map_err(|error| error.to_string())
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
