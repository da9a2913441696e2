//! The JSON Schema of case files says what the parser does.

use std::collections::BTreeSet;

use auth_harness::{CASES_SCHEMA, Verdict};
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::{HEAD, POLICY, complaints, folder, run, run_cases};

fn schema() -> Value {
    serde_json::from_str(CASES_SCHEMA).expect("JSON")
}

/// Validates files of cases.
struct Validator {
    schemas: Schemas,
    of_cases: SchemaIndex,
}

impl Validator {
    fn new() -> Self {
        const NAME: &str = "cases.schema.json";
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource(NAME, schema()).expect("a schema");
        let of_cases = compiler.compile(NAME, &mut schemas);
        Self {
            of_cases: of_cases.expect("a schema"),
            schemas,
        }
    }

    /// What is wrong with the cases.
    fn error(&self, cases: &str) -> Option<String> {
        let cases = as_json(cases);
        let validated = self.schemas.validate(&cases, self.of_cases);
        validated.err().map(|error| error.to_string())
    }
}

/// A file of cases as JSON: a time is its text.
fn as_json(text: &str) -> Value {
    let table = DeTable::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    of_table(table.get_ref())
}

fn of_table(table: &DeTable<'_>) -> Value {
    let members = table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), of_value(value.get_ref())));
    Value::Object(members.collect::<Map<_, _>>())
}

fn of_value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Boolean(flag) => json!(flag),
        DeValue::Integer(integer) => json!(integer.as_str().parse::<i64>().expect("decimal")),
        DeValue::Float(float) => json!(float.as_str().parse::<f64>().expect("a number")),
        DeValue::Datetime(time) => json!(time.to_string()),
        DeValue::Array(items) => items.iter().map(|item| of_value(item.get_ref())).collect(),
        DeValue::Table(table) => of_table(table),
    }
}

/// Cases below [`HEAD`] that the parser takes: together they have every key.
const TAKEN: &[&str] = &[
    "component = 'x'\n[[never]]\nallow = 'users:*'\nexcept = 'admin'",
    "now = 2030-01-01T09:00:00Z\n[[never]]\nallow = 'users:*'\nexcept = 'admin'",
    "[[grid]]\nname = 'g'\ncells = '''\n ann\norders:read own\n'''",
    "[[decision]]\nas = 'ann'\nask = 'orders:read'\nowner = 'ann'\nexpect = 'yes'\n\
     why = { role = 'user', rule = 'allow orders:read', via = ['user'] }",
    "[[decision]]\neach = [{ role = 'user' }]\nroles = '{role}'\nask = 'a:b'\nexpect = '-'",
    "[[decision]]\neach = [{ a = 'own' }]\nroles = ['user']\nask = 'orders:read'\nexpect = '{a}'",
    "[[value]]\nfield = 'password'\nemail = 'a@example.com'\naccept = 'nine owls over a quay'\n\
     refuse = { too-short = ['x'], common = 'qwertyuiopasdfgh' }",
    "[[value]]\nfield = 'email'\nrefuse = { not-an-address = 'x' }",
    "[[token]]\nclaims = { sub = 'x', n = 1 }\nheader = { typ = 'JWT' }\nwithout = 'jti'\nlifetime = '5m'\n\
     forged = true\nfor = 'countersign'\nat = { '0s' = 'wrong-type', '1h30m' = 'wrong-type' }",
    "[[token]]\ntoken = 'x'\nissuer = 'https://a.example'\nexpect = 'malformed'",
    "[[token]]\nalgorithm = 'ES256'\nexpect = 'ok'",
    "[[story]]\nname = 's'\ninvariants = true\nseed = 7\nsteps = [\n\
     { outage = 'signer' }, { mended = 'signer' }, { event = 'second-host -5s' }, { event = 'rotate key' }, { wait = '1h30m' },\n\
     { do = 'login', as = 'ann', from = '192.0.2.1', device = 'd', wrong = true, times = 2, expect = ['ok', 'invalid-credentials'] },\n\
     { do = 'login', as = 'ann', password = 'p', retry = '1m', save = 't', new = 'nine owls over a quay' },\n\
     { do = 'refresh', as = 'ann', use = 't', key = 'k', save = 'u', from = '::1', device = 'd' },\n\
     { do = 'register', as = 'bo', from = '::1' }, { do = 'begin-setup', save = 'c' },\n\
     { do = 'complete-setup', as = 'ada', use = 'c' },\n\
     { do = 'change-password', as = 'ann', use = 't', new = 'n', wrong = false, from = '::1', device = 'd' },\n\
     { do = 'authorize', as = 'ann', ask = 'a:b', owner = 'ann', use = 't', expect = 'denied' },\n\
     { do = 'sessions', as = 'ann', count = 0 }, { do = 'revoke-session', as = 'ann', session = 't' },\n\
     { do = 'grant', on = 'ann', by = 'ada', role = 'admin' }, { do = 'take', on = 'ann', role = 'boss', expect = 'unknown-role' },\n\
     { do = 'create', on = 'ann' }, { do = 'delete', on = 'ann', by = 'ada' }, { do = 'who-am-i', as = 'ann', use = 't' },\n\
     { together = [{ do = 'logout', as = 'ann' }, { do = 'refresh', as = 'ann' }], orders = 'all', faults = 'one' },\n\
     { together = [{ do = 'logout', as = 'ann' }], order = ['1 fails', '5s', 'arrive', '1 hangs-up', 'stores 90s', 'rotate secret'] },\n\
     { together = [{ do = 'refresh', as = 'ann' }, { do = 'refresh', as = 'ann' }], expect = ['ok', 'reused'] },\n]",
];

/// Cases below [`HEAD`] whose form the parser refuses, one for each kind of reason.
const REFUSED: &[&str] = &[
    // No case, an unknown section, an unknown key of each section and of tables within them.
    "",
    "[[grdi]]",
    "[grid]\ncells = '''\n ann\norders:read own\n'''",
    "now = 5\n[[never]]\nallow = 'x:y'",
    "include = 5\n[[never]]\nallow = 'x:y'",
    "[[decision]]\nas = 'ann'\nask = 'orders:read'\nexpect = 'own'\nwhi = 1",
    "[[decision]]\nas = 'ann'\nask = 'orders:read'\nexpect = 'own'\nwhy = { rool = 'user' }",
    "[[story]]\nname = 's'\nsteps = [{ do = 'sessions', as = 'ann', wrong = true }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann' }, { wait = '5s', as = 'ann' }]",
    // What is missing.
    "[[grid]]",
    "[[decision]]\nas = 'ann'\nask = 'orders:read'",
    "[[decision]]\nask = 'orders:read'\nexpect = 'own'",
    "[[never]]\nexcept = 'admin'",
    "[[value]]\naccept = 'x'",
    "[[value]]\nfield = 'password'",
    "[[value]]\nfield = 'password'\naccept = []",
    "[[token]]\nclaims = {}",
    "[[story]]\nsteps = [{ do = 'login', as = 'ann' }]",
    "[[story]]\nname = 's'",
    "[[story]]\nname = 's'\nsteps = [{ wait = '5m' }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login' }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'change-password', as = 'ann' }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'grant', on = 'ann' }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'revoke-session', as = 'ann' }]",
    // Another type.
    "[[grid]]\ncells = 5",
    "[[decision]]\nas = 'ann'\nask = 3\nexpect = 'own'",
    "[[decision]]\nas = 'ann'\nask = 'a:b'\nexpect = '-'\nwhy = 'x'",
    "[[decision]]\nroles = [5]\nask = 'a:b'\nexpect = '-'",
    "[[decision]]\neach = [5]\nroles = 'user'\nask = 'a:b'\nexpect = '-'",
    "[[token]]\nforged = 'yes'\nexpect = 'ok'",
    "[[token]]\nclaims = 5\nexpect = 'ok'",
    "[[story]]\nname = 's'\nsteps = 5",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann', times = '2' }]",
    "[[story]]\nname = 's'\nseed = -1\nsteps = [{ do = 'login', as = 'ann' }]",
    // Other words, numbers and forms.
    "[[decision]]\nas = 'ann'\nask = 'orders'\nexpect = 'own'",
    "[[decision]]\nas = 'ann'\nask = 'orders:*'\nexpect = 'own'",
    "[[decision]]\nas = 'ann'\nask = 'orders:read'\nexpect = 'maybe'",
    "[[decision]]\nas = 'ann'\nask = 'orders:read'\nowner = 'ann'\nexpect = 'own'",
    "[[decision]]\nas = 'ann'\nroles = 'user'\nask = 'orders:read'\nexpect = 'own'",
    "[[never]]\nallow = 'users'",
    "[[value]]\nfield = 'name'\naccept = 'x'",
    "[[value]]\nfield = 'email'\nrefuse = { too-short = 'x' }",
    "[[token]]\nexpect = 'expried'",
    "[[token]]\nat = { '5 minutes' = 'ok' }",
    "[[token]]\nlifetime = '5'\nexpect = 'ok'",
    "[[token]]\ntoken = 'x'\nforged = true\nexpect = 'ok'",
    "[[token]]\nkeys = 'keys.json'\nexpect = 'ok'",
    "[[token]]\nalgorithm = 'HS512'\nexpect = 'ok'",
    "[[story]]\nname = 's'\nsteps = [{ do = 'logon', as = 'ann' }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann', expect = 'denied' }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann', times = 0 }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann' }, { outage = 'clock' }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann' }, { event = 'rotate clock' }]",
    "[[story]]\nname = 's'\nsteps = [{ together = [{ do = 'login', as = 'ann', times = 2 }], orders = 'some' }]",
    "[[story]]\nname = 's'\nsteps = [{ together = [{ do = 'login', as = 'ann' }], order = ['1 breaks'] }]",
    "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann' }, { do = 'sessions', as = 'ann', count = 10001 }]",
];

/// What the parser says of the cases.
fn refusals(cases: &str) -> Vec<String> {
    let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &with_head(cases))]);
    let report = run(folder.path());
    let findings = report
        .outcomes
        .iter()
        .map(|outcome| match &outcome.verdict {
            Verdict::Malformed(findings) => findings.as_slice(),
            _ => &[],
        });
    findings
        .flatten()
        .map(|finding| finding.reason.clone())
        .collect()
}

#[test]
fn what_the_parser_takes_is_valid() {
    let validator = Validator::new();
    let in_repository = [
        include_str!("../../../../examples/shop/access.cases.toml"),
        include_str!("../../../../examples/shop/stories.cases.toml"),
        include_str!("../../../cli/src/policy/init/access.cases.toml"),
        include_str!("../../scenarios/flows.cases.toml"),
    ];
    let taken = TAKEN.iter().map(|cases| {
        assert_eq!(refusals(cases), [""; 0], "{cases}");
        with_head(cases)
    });
    for text in taken.chain(in_repository.map(str::to_owned)) {
        assert_eq!(validator.error(&text), None, "{text}");
    }
}

#[test]
fn what_the_parser_refuses_for_its_form_is_invalid() {
    let validator = Validator::new();
    for cases in REFUSED {
        assert!(!refusals(cases).is_empty(), "the parser takes {cases}");
        assert_ne!(validator.error(&with_head(cases)), None, "{cases}");
    }
}

/// The file with these cases. Keys of the file itself stand before the subjects.
fn with_head(cases: &str) -> String {
    match cases.split_once('\n') {
        Some((key, rest)) if !key.starts_with('[') => format!("{key}\n{HEAD}{rest}"),
        _ => format!("{HEAD}{cases}"),
    }
}

/// The words in the first complaint that lists what is known.
fn known(cases: &str) -> BTreeSet<String> {
    let complaints = complaints(&run_cases(cases));
    let mut lists = complaints
        .iter()
        .filter_map(|it| it.split_once("; known here: "));
    let (_, list) = lists
        .next()
        .unwrap_or_else(|| panic!("{cases}: {complaints:?}"));
    list.split(", ")
        .map(|word| word.trim_matches('`').to_owned())
        .collect()
}

/// All words of `enum` and `const` below a schema, references included.
fn words(root: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    let add = |value: &Value, found: &mut BTreeSet<String>| {
        found.extend(value.as_str().map(str::to_owned));
    };
    match schema {
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("enum", Value::Array(words)) => words.iter().for_each(|it| add(it, found)),
                    ("const", word) => add(word, found),
                    ("$ref", Value::String(name)) => {
                        let name = name.trim_start_matches("#/$defs/");
                        words_of(root, name, found);
                    }
                    (_, value) => words(root, value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| words(root, item, found)),
        _ => {}
    }
}

fn words_of(root: &Value, name: &str, found: &mut BTreeSet<String>) {
    words(root, &root["$defs"][name], found);
}

fn keys(schema: &Value) -> BTreeSet<String> {
    schema["properties"]
        .as_object()
        .expect("keys")
        .keys()
        .cloned()
        .collect()
}

#[test]
fn keys_and_words_are_those_of_the_parser() {
    let root = schema();
    assert_eq!(known("[['*']]"), keys(&root));
    for section in ["grid", "never", "value", "story"] {
        let cases = format!("[[{section}]]\n'*' = 1");
        assert_eq!(known(&cases), keys(&root["$defs"][section]), "{section}");
    }
    for (section, others) in [
        ("decision", ["as = 'ann'", "roles = 'user'"]),
        ("token", ["token = 'x'", "claims = {}"]),
    ] {
        let known = others.map(|other| known(&format!("[[{section}]]\n{other}\n'*' = 1")));
        let [some, others] = known;
        assert_eq!(&some | &others, keys(&root["$defs"][section]), "{section}");
    }
    let mut verbs = BTreeSet::new();
    for act in root["$defs"]["act"]["oneOf"].as_array().expect("acts") {
        let mut named = BTreeSet::new();
        words(&root, &act["properties"]["do"], &mut named);
        for verb in &named {
            let story = |rest: &str| {
                known(&format!(
                    "[[story]]\nname = 's'\nsteps = [{{ do = '{verb}', {rest} }}]"
                ))
            };
            let mut expected = keys(act);
            // The parser looks for this key before it knows that the step is none of several acts.
            expected.insert("together".to_owned());
            let least = if act["properties"].get("on").is_some() {
                "on = 'ann'"
            } else {
                "times = 1"
            };
            assert_eq!(story(&format!("{least}, '*' = 1")), expected, "{verb}");
            let mut outcomes = BTreeSet::new();
            words(&root, &act["properties"]["expect"], &mut outcomes);
            assert_eq!(story("expect = '*******************'"), outcomes, "{verb}");
        }
        verbs.extend(named);
    }
    assert_eq!(
        known("[[story]]\nname = 's'\nsteps = [{ do = '******************' }]"),
        verbs
    );
}
