//! Parameters: one case that is written once and read for several sets of values.
//!
//! `each` lists tables, `rows` names a file of them. A string that is `{name}` becomes the value of
//! that name; `{name}` within a longer string becomes its text.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Faults, unknown};

/// The values of one case by name.
pub(crate) type Values<'d> = BTreeMap<String, DeValue<'d>>;

/// Replaces the parameters in a table. A `{name}` without a value is a fault, and so is a value
/// that nothing names.
pub(crate) fn substitute<'d>(
    table: &DeTable<'d>,
    values: &Values<'d>,
    faults: &mut Faults,
) -> DeTable<'d> {
    let mut used = BTreeSet::new();
    let mut copy = table.clone();
    for (key, value) in &mut copy {
        if !["each", "rows"].contains(&key.get_ref().as_ref()) {
            replace(value, values, &mut used, faults);
        }
    }
    for name in values.keys().filter(|name| !used.contains(*name)) {
        let at = table
            .iter()
            .find(|(key, _)| ["each", "rows"].contains(&key.get_ref().as_ref()));
        let bytes = at.map_or(0..0, |(key, _)| key.span());
        faults.add(
            bytes,
            format!("the parameter `{name}` is not used: nothing names `{{{name}}}`"),
        );
    }
    copy
}

fn replace<'d>(
    value: &mut Spanned<DeValue<'d>>,
    values: &Values<'d>,
    used: &mut BTreeSet<String>,
    faults: &mut Faults,
) {
    let bytes = value.span();
    match value.get_mut() {
        DeValue::Array(items) => {
            for item in items.iter_mut() {
                replace(item, values, used, faults);
            }
        }
        DeValue::Table(table) => {
            for (_, value) in table {
                replace(value, values, used, faults);
            }
        }
        DeValue::String(text) => match filled(text, values, used) {
            Ok(Some(filled)) => *value.get_mut() = filled,
            Ok(None) => {}
            Err(name) => {
                let known: Vec<_> = values.keys().map(String::as_str).collect();
                faults.add(bytes, unknown("parameter", &name, &known));
            }
        },
        _ => {}
    }
}

/// The value that takes the place of `text`; `None` when `text` names no parameter.
///
/// # Errors
/// With the name of a parameter that has no value.
fn filled<'d>(
    text: &str,
    values: &Values<'d>,
    used: &mut BTreeSet<String>,
) -> Result<Option<DeValue<'d>>, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_name(rest) {
        let value = values.get(name).ok_or(name)?;
        used.insert(name.to_owned());
        if before.is_empty() && after.is_empty() && filled.is_empty() {
            return Ok(Some(value.clone()));
        }
        filled.push_str(before);
        filled.push_str(&as_text(value));
        rest = after;
    }
    if rest.len() == text.len() {
        return Ok(None);
    }
    filled.push_str(rest);
    Ok(Some(DeValue::String(filled.into())))
}

/// Splits at the first `{name}`. Other braces are text.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let inner = &text[open + 1..];
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        if let Some(end) = end.filter(|end| *end > 0 && inner[*end..].starts_with('}')) {
            return Some((&text[..open], &inner[..end], &inner[end + 1..]));
        }
        from = open + 1;
    }
    None
}

fn as_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(integer) => integer.as_str().to_owned(),
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        other => format!("({})", other.type_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_become_values() {
        let document = DeTable::parse("p = \"orders:read\"\nn = 3\nl = [\"a\"]")
            .unwrap()
            .into_inner();
        let values: Values<'_> = document
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), value.get_ref().clone()))
            .collect();
        let fill = |text: &str| {
            let filled = filled(text, &values, &mut BTreeSet::new());
            filled.map(|filled| filled.map(|filled| as_text(&filled)))
        };
        for (text, expected) in [
            ("{p}", Ok(Some("orders:read"))),
            ("<{p}/{n}>", Ok(Some("<orders:read/3>"))),
            ("{n}{n}", Ok(Some("33"))),
            ("{l}", Ok(Some("(array)"))),
            ("no name", Ok(None)),
            ("{ p }", Ok(None)),
            ("{}{", Ok(None)),
            ("{q}", Err("q")),
        ] {
            let expected = expected
                .map(|it| it.map(str::to_owned))
                .map_err(str::to_owned);
            assert_eq!(fill(text), expected, "{text}");
        }
    }
}
