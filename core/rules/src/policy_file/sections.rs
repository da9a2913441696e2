//! Reads the tables of the policy file that hold settings: their keys, and the values that each key
//! allows.
//!
//! `countersign.toml` at the root of the repository explains every key to the operator.

use super::definition::Definitions;
use super::diagnostics::{Fault, quoted};
use super::toml_reader::{Table, Text};
use crate::access_token;
use crate::password;
use crate::settings::{
    HashScheme, Password, Registration, RegistrationAnswer, RegistrationMode, Replay, Session,
    Settings, Setup, Throttle, ThrottleLimit, Token,
};

const MAX_LIFETIME_DAYS: u32 = 400;
const MAX_LIFETIME_SECONDS: u32 = MAX_LIFETIME_DAYS * 86_400;
const MAX_BLOCK_SECONDS: u32 = 86_400;
const MAX_CONTEXT_WORDS: usize = 1_000;

/// Reads every table except `[roles]`, whose roles the settings may name. Returns the roles that a
/// registration gives, with their places.
pub(super) fn read<'doc>(
    root: &mut Table<'doc, '_>,
    roles: &Definitions<'_>,
    settings: &mut Settings,
) -> Vec<Text<'doc>> {
    let mut registered = Vec::new();
    root.table("registration", |table| {
        registered = registration(table, roles, &mut settings.registration);
    });
    root.table("password", |table| passwords(table, &mut settings.password));
    root.table("hashing", |table| {
        hashing(table, &mut settings.hashing);
        settings.former_hashing = former_hashing(table);
    });
    root.table("throttle", |table| throttle(table, &mut settings.throttle));
    root.table("token", |table| token(table, &mut settings.token));
    root.table("session", |table| session(table, &mut settings.session));
    root.table("setup", |table| setup(table, roles, &mut settings.setup));
    registered
}

fn registration<'doc>(
    table: &mut Table<'doc, '_>,
    roles: &Definitions<'_>,
    into: &mut Registration,
) -> Vec<Text<'doc>> {
    let modes = [
        ("open", RegistrationMode::Open),
        ("closed", RegistrationMode::Closed),
    ];
    into.mode = table.choice("mode", &modes, into.mode).unwrap_or(into.mode);
    let answers = [
        ("accept", RegistrationAnswer::Accept),
        ("disclose", RegistrationAnswer::Disclose),
    ];
    into.answer = table
        .choice("answer", &answers, into.answer)
        .unwrap_or(into.answer);
    match table.texts("roles") {
        Some(stated) => {
            stated
                .iter()
                .for_each(|role| stated_role(table, "roles", *role, roles));
            into.roles = stated.iter().map(|role| role.value.to_owned()).collect();
            if let (Some(first), false) = (stated.first(), access_token::roles_fit(&into.roles)) {
                let reason = "these are so many that the access tokens of a registered account would \
                              be longer than verifiers take; define one role that inherits several";
                table.refuse(first.at, Fault::TooLarge, "roles", reason);
            }
            stated
        }
        None => {
            into.roles
                .iter()
                .for_each(|role| default_role(table, "roles", role, roles));
            Vec::new()
        }
    }
}

fn setup(table: &mut Table<'_, '_>, roles: &Definitions<'_>, into: &mut Setup) {
    match table.text("role") {
        Some(stated) => {
            stated_role(table, "role", stated, roles);
            into.role = stated.value.to_owned();
        }
        None => default_role(table, "role", &into.role, roles),
    }
}

fn stated_role(table: &mut Table<'_, '_>, key: &str, role: Text<'_>, roles: &Definitions<'_>) {
    if roles.index_of(role.value).is_none() {
        let reason = format!("there is no role {}", quoted(role.value));
        table.refuse(role.at, Fault::UnknownRole, key, reason);
    }
}

/// Requires the default of `key` to be a defined role, since the file's own roles replace the
/// default ones.
fn default_role(table: &mut Table<'_, '_>, key: &str, role: &str, roles: &Definitions<'_>) {
    if roles.index_of(role).is_none() {
        let reason = format!(
            "must be stated: its default is `{role}`, which is none of the roles of this file"
        );
        let at = table.place(key).unwrap_or(roles.at);
        table.refuse(at, Fault::UnknownRole, key, reason);
    }
}

fn passwords(table: &mut Table<'_, '_>, into: &mut Password) {
    let because = "a password that is the only factor needs at least 15 characters \
                   (NIST SP 800-63B-4, 3.1.1.2)";
    table.number_because("min_length", 15..=64, because, &mut into.min_length);
    // The two ranges meet at 64, so that a minimum is never above a maximum.
    let because = "no longer password is read, whatever characters it is of";
    let lengths = 64..=password::LONGEST;
    table.number_because("max_length", lengths, because, &mut into.max_length);
    table.number("initial_hours", 1..=720, &mut into.initial_hours);
    if let Some(words) = table.texts("context_words") {
        words.iter().for_each(|word| context_word(table, *word));
        if let Some(word) = words.get(MAX_CONTEXT_WORDS) {
            let reason = format!("must be at most {MAX_CONTEXT_WORDS} words");
            table.refuse(word.at, Fault::ImpossibleValue, "context_words", reason);
        }
        into.context_words = words.iter().map(|word| word.value.to_owned()).collect();
    }
}

fn context_word(table: &mut Table<'_, '_>, word: Text<'_>) {
    let length = word.value.chars().count();
    if !(2..=64).contains(&length) || word.value.trim() != word.value {
        let reason = format!(
            "a word must be 2 to 64 characters without space around them, not {}",
            quoted(word.value)
        );
        table.refuse(word.at, Fault::ImpossibleValue, "context_words", reason);
    }
}

fn hashing(table: &mut Table<'_, '_>, into: &mut HashScheme) {
    // The default cost of Argon2id: OWASP's first recommendation without parallelism.
    let (mut memory_kib, mut passes, mut lanes) = (19_456, 2, 1);
    let mut cost = 12;
    let is_argon2id = table.choice("scheme", &[("bcrypt", false), ("argon2id", true)], false);
    table.number("bcrypt_cost", 12..=16, &mut cost);
    table.number("argon2_memory_kib", 19_456..=1_048_576, &mut memory_kib);
    table.number("argon2_passes", 2..=10, &mut passes);
    table.number("argon2_lanes", 1..=8, &mut lanes);
    match is_argon2id {
        Some(true) => {
            *into = HashScheme::Argon2id {
                memory_kib,
                passes,
                lanes,
            };
            without_effect(table, "argon2id", &["bcrypt_cost"]);
        }
        Some(false) => {
            *into = HashScheme::BcryptSha256 { cost };
            without_effect(
                table,
                "bcrypt",
                &["argon2_memory_kib", "argon2_passes", "argon2_lanes"],
            );
        }
        None => {}
    }
}

/// Reads what hashes of earlier times cost; 0 for none.
fn former_hashing(table: &mut Table<'_, '_>) -> Vec<HashScheme> {
    let (mut cost, mut memory_kib, mut passes) = (0, 0, 1);
    table.number("former_bcrypt_cost", 0..=16, &mut cost);
    table.number("former_argon2_memory_kib", 0..=1_048_576, &mut memory_kib);
    table.number("former_argon2_passes", 1..=10, &mut passes);
    for (key, number, least) in [
        ("former_bcrypt_cost", cost, 4),
        ("former_argon2_memory_kib", memory_kib, 8),
    ] {
        if let Some(at) = table.place(key).filter(|_| (1..least).contains(&number)) {
            let reason = format!("must be 0 for none, or at least {least}");
            table.refuse(at, Fault::ImpossibleValue, key, reason);
        }
    }
    let bcrypt = (cost > 0).then_some(HashScheme::BcryptSha256 { cost });
    let argon2id = (memory_kib > 0).then_some(HashScheme::Argon2id {
        memory_kib,
        passes,
        lanes: 1,
    });
    bcrypt.into_iter().chain(argon2id).collect()
}

fn without_effect(table: &mut Table<'_, '_>, scheme: &str, keys: &[&str]) {
    for key in keys {
        if let Some(at) = table.place(key) {
            let reason = format!("has no effect where `scheme` is `{scheme}`");
            table.refuse(at, Fault::Contradiction, key, reason);
        }
    }
}

fn throttle(table: &mut Table<'_, '_>, into: &mut Throttle) {
    let because = "NIST SP 800-63B-4, 3.2.2, allows at most 100";
    table.number_because("account_cap", 10..=100, because, &mut into.account_cap);
    table.table("account_and_source", |table| {
        throttle_limit(table, &mut into.account_and_source)
    });
    table.table("account", |table| throttle_limit(table, &mut into.account));
    table.table("source", |table| throttle_limit(table, &mut into.source));
    table.table("device", |table| throttle_limit(table, &mut into.device));
    table.table("registration", |table| {
        throttle_limit(table, &mut into.registration)
    });
}

fn throttle_limit(table: &mut Table<'_, '_>, into: &mut ThrottleLimit) {
    table.number("failures", 1..=1000, &mut into.failures);
    table.number("window_seconds", 60..=86_400, &mut into.window_seconds);
    table.number(
        "block_seconds",
        1..=MAX_BLOCK_SECONDS,
        &mut into.block_seconds,
    );
    table.number(
        "max_block_seconds",
        1..=MAX_BLOCK_SECONDS,
        &mut into.max_block_seconds,
    );
    table.ascending(
        ("block_seconds", into.block_seconds),
        ("max_block_seconds", into.max_block_seconds),
    );
}

fn token(table: &mut Table<'_, '_>, into: &mut Token) {
    table.number("access_seconds", 60..=900, &mut into.access_seconds);
    table.number("leeway_seconds", 0..=60, &mut into.leeway_seconds);
}

fn session(table: &mut Table<'_, '_>, into: &mut Session) {
    table.number(
        "idle_seconds",
        300..=MAX_LIFETIME_SECONDS,
        &mut into.idle_seconds,
    );
    table.number(
        "absolute_seconds",
        300..=MAX_LIFETIME_SECONDS,
        &mut into.absolute_seconds,
    );
    table.ascending(
        ("idle_seconds", into.idle_seconds),
        ("absolute_seconds", into.absolute_seconds),
    );
    table.number("grace_seconds", 0..=60, &mut into.grace_seconds);
    let replays = [
        ("client", Replay::Client),
        ("idempotency-key", Replay::IdempotencyKey),
    ];
    into.replay = table
        .choice("replay", &replays, into.replay)
        .unwrap_or(into.replay);
    table.number("max_per_account", 1..=200, &mut into.max_per_account);
    table.number("device_days", 1..=MAX_LIFETIME_DAYS, &mut into.device_days);
}
