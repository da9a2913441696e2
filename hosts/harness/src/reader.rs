//! Reads a table of a case file key by key.
//!
//! A reader asks for each key it knows. A wrong type is a fault at its place, and when the table is
//! done, every key that was not asked for is one as well.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::duration::{not_a_duration, parse_duration};
use crate::fault::{Faults, unknown};

/// A value with its place.
pub(crate) type Value<'d> = Spanned<DeValue<'d>>;

/// A string with its place.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) bytes: Range<usize>,
    pub(crate) value: String,
}

/// A table that is read key by key.
pub(crate) struct Fields<'d, 'f> {
    table: &'d DeTable<'d>,
    bytes: Range<usize>,
    asked: Vec<&'static str>,
    pub(crate) faults: &'f mut Faults,
}

impl<'d, 'f> Fields<'d, 'f> {
    pub(crate) fn new(table: &'d DeTable<'d>, bytes: Range<usize>, faults: &'f mut Faults) -> Self {
        Self {
            table,
            bytes,
            asked: Vec::new(),
            faults,
        }
    }

    /// The place of the table itself.
    pub(crate) fn bytes(&self) -> Range<usize> {
        self.bytes.clone()
    }

    /// Whether the table has this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'d Value<'d>> {
        self.asked.push(key);
        self.table.get(key)
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<Text> {
        let value = self.value(key)?;
        self.as_text(value)
    }

    /// The string at `key`, whose absence is a fault.
    pub(crate) fn required(&mut self, key: &'static str) -> Option<Text> {
        if !self.table.contains_key(key) {
            self.faults.add(self.bytes(), format!("`{key}` is missing"));
        }
        self.text(key)
    }

    /// The list of strings at `key`. One string is a list of one.
    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<Text>> {
        let value = self.value(key)?;
        Some(self.as_texts(value))
    }

    pub(crate) fn as_texts(&mut self, value: &'d Value<'d>) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.as_text(item)).collect(),
            _ => self.as_text(value).into_iter().collect(),
        }
    }

    pub(crate) fn as_text(&mut self, value: &Value<'_>) -> Option<Text> {
        let Some(text) = value.get_ref().as_str() else {
            return self.wrong_type(value, "a string");
        };
        Some(Text {
            bytes: value.span(),
            value: text.to_owned(),
        })
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> bool {
        let Some(value) = self.value(key) else {
            return false;
        };
        let flag = value.get_ref().as_bool();
        flag.or_else(|| self.wrong_type(value, "true or false"))
            .unwrap_or_default()
    }

    pub(crate) fn number(&mut self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.value(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            return self.wrong_type(value, "a whole number");
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let (low, high) = (range.start(), range.end());
            self.faults.add(
                value.span(),
                format!("`{key}` is a number from {low} to {high}"),
            );
        }
        number
    }

    /// A span of time, such as `"90s"` or `"15m"`.
    pub(crate) fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let text = self.text(key)?;
        let duration = parse_duration(&text.value);
        if duration.is_none() {
            self.faults.add(text.bytes, not_a_duration(&text.value));
        }
        duration
    }

    pub(crate) fn table(&mut self, key: &'static str) -> Option<(&'d DeTable<'d>, Range<usize>)> {
        let value = self.value(key)?;
        self.as_table(value)
    }

    pub(crate) fn as_table(
        &mut self,
        value: &'d Value<'d>,
    ) -> Option<(&'d DeTable<'d>, Range<usize>)> {
        match value.get_ref() {
            DeValue::Table(table) => Some((table, value.span())),
            _ => self.wrong_type(value, "a table"),
        }
    }

    /// The tables of the array at `key`.
    pub(crate) fn tables(&mut self, key: &'static str) -> Vec<(&'d DeTable<'d>, Range<usize>)> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type::<()>(value, "an array of tables");
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.as_table(item))
            .collect()
    }

    pub(crate) fn wrong_type<T>(&mut self, value: &Value<'_>, wanted: &str) -> Option<T> {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) {
            "an"
        } else {
            "a"
        };
        let reason = format!("must be {wanted}, not {article} {found}");
        self.faults.add(value.span(), reason);
        None
    }

    /// Reports the keys that were not asked for.
    pub(crate) fn finish(self) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !self.asked.contains(&name) {
                self.faults
                    .add(key.span(), unknown("key", name, &self.asked));
            }
        }
    }
}
