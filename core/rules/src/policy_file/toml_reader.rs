//! Reads a TOML table key by key.
//!
//! A reader asks a [`Table`] for each key it knows. An absent key leaves the default in place, a
//! wrong value becomes a diagnostic, and when the table is done, every key that was not asked for
//! is reported as unknown.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::diagnostics::{Diagnostics, Fault, Span, joined, quoted};
use super::suggestion::nearest;

/// A table of the file. An absent table reads like an empty one.
pub(super) struct Table<'doc, 'diagnostics> {
    entries: Option<&'doc DeTable<'doc>>,
    path: String,
    asked: Vec<&'static str>,
    diagnostics: &'diagnostics mut Diagnostics,
}

/// A string of the file, with its place.
#[derive(Clone, Copy)]
pub(super) struct Text<'doc> {
    pub(super) at: Span,
    pub(super) value: &'doc str,
}

impl<'doc> Table<'doc, '_> {
    /// Reads the whole document: calls `read` with its top-level table, and reports unknown keys.
    pub(super) fn root(
        document: &'doc DeTable<'doc>,
        diagnostics: &mut Diagnostics,
        read: impl FnOnce(&mut Table<'doc, '_>),
    ) {
        Table {
            entries: Some(document),
            path: String::new(),
            asked: Vec::new(),
            diagnostics,
        }
        .read(read);
    }

    /// Reads the table at `key`. An absent table is read too, so that checks across keys also see
    /// the defaults.
    pub(super) fn table(&mut self, key: &'static str, read: impl FnOnce(&mut Table<'doc, '_>)) {
        let entries = match self.value(key).map(|value| (value, value.get_ref())) {
            None => None,
            Some((_, DeValue::Table(entries))) => Some(entries),
            Some((value, _)) => return self.wrong_type(key, value, "a table"),
        };
        self.nested(key, entries).read(read);
    }

    /// Reads each table in this one, under any key, with its key.
    pub(super) fn each_table(&mut self, mut read: impl FnMut(Text<'doc>, &mut Table<'doc, '_>)) {
        for (key, value) in self.entries.into_iter().flatten() {
            let name = Text {
                at: key.span().into(),
                value: key.get_ref(),
            };
            match value.get_ref() {
                DeValue::Table(entries) => {
                    self.nested(name.value, Some(entries))
                        .read(|table| read(name, table));
                }
                _ => self.wrong_type(name.value, value, "a table"),
            }
        }
    }

    /// Reads each table of the array at `key` of the document, with its place.
    pub(super) fn each_of_array(
        document: &'doc DeTable<'doc>,
        key: &'static str,
        diagnostics: &mut Diagnostics,
        mut read: impl FnMut(Span, &mut Table<'doc, '_>),
    ) {
        let Some(value) = document.get(key) else {
            return;
        };
        let mut root = Table {
            entries: Some(document),
            path: String::new(),
            asked: Vec::new(),
            diagnostics,
        };
        let DeValue::Array(array) = value.get_ref() else {
            return root.wrong_type(key, value, "an array of tables");
        };
        for (index, element) in array.iter().enumerate() {
            let path = format!("{key}[{index}]");
            let DeValue::Table(entries) = element.get_ref() else {
                let reason = format!("must be a table, not {}", described(element));
                let at = element.span().into();
                root.diagnostics.add(at, Fault::WrongType, path, reason);
                continue;
            };
            Table {
                entries: Some(entries),
                path,
                asked: Vec::new(),
                diagnostics: root.diagnostics,
            }
            .read(|table| read(element.span().into(), table));
        }
    }

    /// Leaves a key to another reader.
    pub(super) fn skip(&mut self, key: &'static str) {
        self.asked.push(key);
    }

    fn nested(&mut self, key: &str, entries: Option<&'doc DeTable<'doc>>) -> Table<'doc, '_> {
        let path = joined(&self.path, key);
        Table {
            entries,
            path,
            asked: Vec::new(),
            diagnostics: self.diagnostics,
        }
    }

    fn read(mut self, read: impl FnOnce(&mut Self)) {
        read(&mut self);
        self.refuse_unasked();
    }

    /// The place of the value of `key`, if the file states it.
    pub(super) fn place(&self, key: &str) -> Option<Span> {
        Some(self.entries?.get(key)?.span().into())
    }

    /// Adds a diagnostic for `key`, with this reason, at the place `at`.
    // Not inlined, like what it calls.
    #[inline(never)]
    pub(super) fn refuse(&mut self, at: Span, fault: Fault, key: &str, reason: impl Into<String>) {
        let path = joined(&self.path, key);
        self.diagnostics.add(at, fault, path, reason.into());
    }

    /// Reads a whole number within `range`.
    pub(super) fn number(&mut self, key: &'static str, range: RangeInclusive<u32>, into: &mut u32) {
        self.number_because(key, range, "", into);
    }

    /// Reads a whole number within `range`; a refusal gives the reason for the range.
    pub(super) fn number_because(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        because: &str,
        into: &mut u32,
    ) {
        let Some(value) = self.value(key) else { return };
        let DeValue::Integer(integer) = value.get_ref() else {
            return self.wrong_type(key, value, "a whole number");
        };
        // A number out of range is kept, so that comparisons with other keys use what the file
        // says.
        let exact = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        *into = exact.unwrap_or_else(|| nearest_number(integer));
        if exact.is_none_or(|number| !range.contains(&number)) {
            let (low, high) = (range.start(), range.end());
            let given = quoted(&integer.to_string());
            let colon = if because.is_empty() { "" } else { ": " };
            let reason = format!("must be from {low} to {high}, not {given}{colon}{because}");
            self.refuse(value.span().into(), Fault::ImpossibleValue, key, reason);
        }
    }

    /// Adds a diagnostic when the `low` number is above the `high` one.
    pub(super) fn ascending(&mut self, low: (&'static str, u32), high: (&'static str, u32)) {
        if low.1 > high.1 {
            let reason = format!("must be at least `{}`, which is {}", low.0, low.1);
            let at = self
                .place(high.0)
                .or_else(|| self.place(low.0))
                .unwrap_or_default();
            self.refuse(at, Fault::Contradiction, high.0, reason);
        }
    }

    /// Reads one of the words in `choices`: `default` when the key is absent, `None` when the word
    /// is unknown.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        default: T,
    ) -> Option<T> {
        let Some(value) = self.value(key) else {
            return Some(default);
        };
        let given = value.get_ref().as_str();
        let chosen = choices.iter().find(|(word, _)| Some(*word) == given);
        if chosen.is_none() {
            let words: Vec<_> = choices
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            let found = given.map_or(described(value), quoted);
            let reason = format!("must be {}, not {found}", words.join(" or "));
            self.refuse(value.span().into(), Fault::ImpossibleValue, key, reason);
        }
        chosen.map(|(_, choice)| *choice)
    }

    /// Reads a string; `None` when the key is absent or has another type.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Text<'doc>> {
        let value = self.value(key)?;
        self.text_in(key, value)
    }

    /// Reads an array of strings, in which no string may occur twice.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<Text<'doc>>> {
        let value = self.value(key)?;
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_type(key, value, "an array of strings");
            return None;
        };
        let mut seen = BTreeSet::new();
        let mut texts = Vec::new();
        for element in array.iter() {
            let Some(text) = self.text_in(key, element) else {
                continue;
            };
            if seen.insert(text.value) {
                texts.push(text);
            } else {
                let reason = format!("{} is listed twice", quoted(text.value));
                self.refuse(text.at, Fault::ListedTwice, key, reason);
            }
        }
        Some(texts)
    }

    fn text_in(&mut self, key: &str, value: &'doc Spanned<DeValue<'doc>>) -> Option<Text<'doc>> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(key, value, "a string");
        }
        text.map(|text| Text {
            at: value.span().into(),
            value: text,
        })
    }

    fn value(&mut self, key: &'static str) -> Option<&'doc Spanned<DeValue<'doc>>> {
        self.asked.push(key);
        self.entries?.get(key)
    }

    fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let reason = format!("must be {wanted}, not {}", described(value));
        self.refuse(value.span().into(), Fault::WrongType, key, reason);
    }

    fn refuse_unasked(&mut self) {
        // A table of tables with free names, which asks for no key.
        if self.asked.is_empty() {
            return;
        }
        for (key, _) in self.entries.into_iter().flatten() {
            let name: &str = key.get_ref();
            if !self.asked.contains(&name) {
                let hint = match nearest(name, &self.asked) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => format!("known here: `{}`", self.asked.join("`, `")),
                };
                let reason = format!("unknown key; {hint}");
                self.refuse(key.span().into(), Fault::UnknownKey, name, reason);
            }
        }
    }
}

/// The number of 32 bits nearest to one that does not fit into them.
fn nearest_number(integer: &DeInteger<'_>) -> u32 {
    if integer.as_str().starts_with('-') {
        0
    } else {
        u32::MAX
    }
}

fn described(value: &Spanned<DeValue<'_>>) -> String {
    let article = match value.get_ref() {
        DeValue::Integer(_) | DeValue::Array(_) => "an",
        _ => "a",
    };
    format!("{article} {}", value.get_ref().type_str())
}
