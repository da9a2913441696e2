//! The table of limits in `SECURITY.md` states the defaults and bounds of the policy.

use auth_tidy::read;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The beginning of a row and a text in it. `{key/unit}` stands for the value of a key of the policy
/// in that unit, with `minimum` or `maximum` before the key for one of its bounds.
const ROWS: [(&str, &str); 22] = [
    (
        "failures on one account from one source",
        "| {throttle.account_and_source.failures} within \
         {throttle.account_and_source.window_seconds/60} min: blocked \
         {throttle.account_and_source.block_seconds/60} min, each further block twice as long, at most \
         {throttle.account_and_source.max_block_seconds/3600} h |",
    ),
    (
        "failures on one account by strangers",
        "| {throttle.account.failures} within {throttle.account.window_seconds/60} min for each",
    ),
    (
        "failures from one source on any account",
        "| {throttle.source.failures} within {throttle.source.window_seconds/60} min,",
    ),
    (
        "failures on one account from one known device",
        "| {throttle.device.failures} within {throttle.device.window_seconds/60} min,",
    ),
    (
        "consecutive failures on an account",
        "| {throttle.account_cap}: ",
    ),
    (
        "consecutive failures on an account",
        "| {minimum throttle.account_cap} to {maximum throttle.account_cap} |",
    ),
    (
        "attempts to register from one source",
        "| {throttle.registration.failures} within {throttle.registration.window_seconds/3600} h: \
         blocked {throttle.registration.block_seconds/3600} h |",
    ),
    (
        "length of a password",
        "| {password.min_length} to {password.max_length} characters",
    ),
    (
        "length of a password",
        "| minimum {minimum password.min_length} to {maximum password.min_length}, maximum \
         {minimum password.max_length} to {maximum password.max_length} |",
    ),
    (
        "hash of a password",
        "| {hashing.scheme}-sha256, cost {hashing.bcrypt_cost} | cost {minimum hashing.bcrypt_cost} to \
         {maximum hashing.bcrypt_cost}, or Argon2id from {minimum hashing.argon2_memory_kib/1024} MiB, \
         {minimum hashing.argon2_passes} passes, {minimum hashing.argon2_lanes} lane |",
    ),
    (
        "initial password",
        "valid for {password.initial_hours} h, only to be replaced | \
         {minimum password.initial_hours} to {maximum password.initial_hours} h |",
    ),
    (
        "access token",
        "| {token.access_seconds/60} min | {minimum token.access_seconds/60} to \
         {maximum token.access_seconds/60} min |",
    ),
    (
        "leeway of a verifier's clock",
        "| {token.leeway_seconds} s | {minimum token.leeway_seconds} to \
         {maximum token.leeway_seconds} s |",
    ),
    (
        "**staleness",
        "| **{token.access_seconds/60} min {token.leeway_seconds} s** ",
    ),
    (
        "session without refresh · in all",
        "| {session.idle_seconds/86400} days · {session.absolute_seconds/86400} days |",
    ),
    (
        "session without refresh · in all",
        "| {minimum session.idle_seconds/60} min to {maximum session.idle_seconds/86400} days |",
    ),
    (
        "session without refresh · in all",
        "| {minimum session.absolute_seconds/60} min to {maximum session.absolute_seconds/86400} days |",
    ),
    (
        "grace of a refresh token",
        "| {session.grace_seconds} s, for",
    ),
    (
        "grace of a refresh token",
        "| {minimum session.grace_seconds} to {maximum session.grace_seconds} s;",
    ),
    (
        "live sessions of an account",
        "| {session.max_per_account}; one more login ends the oldest | \
         {minimum session.max_per_account} to {maximum session.max_per_account} |",
    ),
    ("a device stays known", "| {session.device_days} days, "),
    (
        "a device stays known",
        "| {minimum session.device_days} to {maximum session.device_days} days |",
    ),
];

/// The policy of all defaults, and the bounds of its keys.
struct Policy<'a> {
    defaults: DeTable<'a>,
    schema: Value,
}

impl<'a> Policy<'a> {
    fn new(defaults: &'a str) -> Self {
        let defaults = DeTable::parse(defaults).expect("TOML").into_inner();
        let schema = read("hosts/lints/policy.schema.json");
        let schema = serde_json::from_str(&schema).expect("JSON");
        Self { defaults, schema }
    }

    /// The text with its values in place of what stands for them.
    fn fill(&self, text: &str) -> String {
        let mut parts = text.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').expect("a `}`");
            filled += &match name.split_once('/') {
                None => self.value(name),
                Some((key, unit)) => {
                    (self.number(key) / unit.parse::<u64>().expect(name)).to_string()
                }
            };
            filled += rest;
        }
        filled
    }

    fn value(&self, key: &str) -> String {
        match key.split_once(' ') {
            None => self.default_of(key),
            Some((bound, key)) => {
                let path = format!("/properties/{}/{bound}", key.replace('.', "/properties/"));
                self.schema.pointer(&path).expect(key).to_string()
            }
        }
    }

    fn default_of(&self, key: &str) -> String {
        let (tables, name) = key.rsplit_once('.').expect("a table");
        let table = tables.split('.').fold(&self.defaults, |table, name| {
            let value = table.get(name).map(Spanned::get_ref);
            value.and_then(DeValue::as_table).expect(key)
        });
        match table.get(name).expect(key).get_ref() {
            DeValue::Integer(number) => number.as_str().to_owned(),
            value => value.as_str().expect(key).to_owned(),
        }
    }

    fn number(&self, key: &str) -> u64 {
        self.value(key).parse().expect(key)
    }
}

#[test]
fn the_table_states_defaults_and_bounds() {
    let (page, defaults) = (read("SECURITY.md"), read("countersign.toml"));
    let policy = Policy::new(&defaults);
    for (start, text) in ROWS {
        let start = format!("| {start}");
        let row = page.lines().find(|line| line.starts_with(&start));
        let (row, stated) = (row.expect(&start), policy.fill(text));
        assert!(row.contains(&stated), "`{stated}` is not in `{row}`");
    }
    for name in ["account", "source", "device"] {
        for key in ["block_seconds", "max_block_seconds"] {
            let of = |name: &str| policy.number(&format!("throttle.{name}.{key}"));
            assert_eq!(of(name), of("account_and_source"), "blocks as above");
        }
    }
}

#[test]
fn a_retired_key_verifies_for_as_long_as_any_policy_needs() {
    let defaults = read("countersign.toml");
    let policy = Policy::new(&defaults);
    let longest = ["access_seconds", "leeway_seconds"];
    let longest = longest.map(|key| policy.number(&format!("maximum token.{key}")));
    let longest: u64 = longest.iter().sum();
    let constant = format!("LONGEST_TOKEN: Duration = Duration::from_secs({longest});");
    assert!(read("hosts/crypto/src/key_set.rs").contains(&constant));
    let page = read("SECURITY.md");
    assert!(page.contains(&format!("verifies for {} minutes", longest / 60 + 1)));
    assert!(page.contains(&format!("| {} min at most |", longest / 60)));
}
