//! Reads the sections of a case file.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use auth_crypto::JwksKeyring;
use auth_runtime::Keyring;
use toml::de::DeTable;

use crate::case::{Body, Case, Kind, finding, findings, malformed};
use crate::cases::access;
use crate::cases::fixtures::Root;
use crate::cases::parameters::{self, Values};
use crate::cases::subject::Subjects;
use crate::cases::value::Field;
use crate::cases::{grid, never, rows, story, token, value};
use crate::duration::describe_duration;
use crate::fault::{Fault, Faults};
use crate::policy::Policy;
use crate::reader::Fields;
use crate::source::{Source, Span};

/// Reads the sections of one file.
pub(crate) struct Reader<'a> {
    pub(crate) source: &'a Source,
    pub(crate) root: &'a Root,
    pub(crate) policy: &'a Policy,
    pub(crate) subjects: &'a Subjects,
    pub(crate) now: u64,
    /// The keys of the files that cases name: read once, since many cases may share them.
    pub(crate) keys: RefCell<BTreeMap<String, Arc<dyn Keyring>>>,
}

/// A case that was read: its name, where it stands, and its body.
type Read = (String, Range<usize>, Result<Body, Vec<Fault>>);

impl Reader<'_> {
    /// Reads a section: once, or once for each of its parameters.
    pub(crate) fn section(
        &self,
        kind: Kind,
        table: &DeTable<'_>,
        bytes: Range<usize>,
        cases: &mut Vec<Case>,
    ) {
        let mut faults = Faults::default();
        let mut fields = Fields::new(table, bytes.clone(), &mut faults);
        let each = fields.tables("each");
        let file = fields.text("rows").and_then(|name| {
            let read = self.root.read(self.source.path(), &name.value);
            read.map_err(|reason| fields.faults.add(name.bytes, reason))
                .ok()
        });
        let is_plain = !table.contains_key("each") && !table.contains_key("rows");
        if is_plain {
            return self.once(kind, table, self.source.span(bytes), "", cases);
        }
        let mut number = 0;
        for (values, place) in each {
            number += 1;
            let values: Values<'_> = values
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), value.get_ref().clone()))
                .collect();
            self.with(kind, table, &values, self.source.span(place), number, cases);
        }
        for (place, row) in file.iter().flat_map(rows::read) {
            number += 1;
            let source = file.as_ref().unwrap_or(self.source);
            match row {
                Ok(values) => self.with(kind, table, &values, source.span(place), number, cases),
                Err(reason) => {
                    let span = source.span(place.clone());
                    cases.push(malformed(
                        kind,
                        &format!("row {number}"),
                        span,
                        vec![finding(source, place, &reason)],
                    ));
                }
            }
        }
        if number == 0 {
            faults.add(bytes.clone(), "there are no parameters, so no case");
        }
        let faults = faults.into_sorted();
        if !faults.is_empty() {
            cases.push(malformed(
                kind,
                kind.name(),
                self.source.span(bytes),
                findings(self.source, faults),
            ));
        }
    }

    /// Reads a section with the values of its parameters.
    fn with<'d>(
        &self,
        kind: Kind,
        table: &DeTable<'d>,
        values: &Values<'d>,
        span: Span,
        number: usize,
        cases: &mut Vec<Case>,
    ) {
        let mut faults = Faults::default();
        let filled = parameters::substitute(table, values, &mut faults);
        let faults = faults.into_sorted();
        let suffix = format!(" [{number}]");
        if faults.is_empty() {
            self.once(kind, &filled, span, &suffix, cases);
        } else {
            cases.push(malformed(
                kind,
                &format!("{}{suffix}", kind.name()),
                span,
                findings(self.source, faults),
            ));
        }
    }

    /// Reads a section whose parameters are filled in.
    fn once(
        &self,
        kind: Kind,
        table: &DeTable<'_>,
        span: Span,
        suffix: &str,
        cases: &mut Vec<Case>,
    ) {
        let mut faults = Faults::default();
        let mut fields = Fields::new(table, span.bytes.clone(), &mut faults);
        for key in ["each", "rows"] {
            fields.value(key);
        }
        let name = fields.text("name").map(|name| name.value);
        let read = self.read(kind, &mut fields, name.as_deref());
        fields.finish();
        let faults = faults.into_sorted();
        // A fault of a row of a grid leaves its other rows whole; in other sections the fault may
        // concern what the case says.
        if faults.is_empty() || kind == Kind::Grid {
            for (name, bytes, body) in read {
                let span = if suffix.is_empty() {
                    self.source.span(bytes)
                } else {
                    span.clone()
                };
                let name = format!("{name}{suffix}");
                cases.push(match body.map(|body| stated(body, suffix)) {
                    Ok(body) => Case {
                        kind,
                        name,
                        span,
                        body,
                    },
                    Err(faults) => malformed(kind, &name, span, findings(self.source, faults)),
                });
            }
        }
        if !faults.is_empty() {
            let name = format!("{}{suffix}", name.as_deref().unwrap_or(kind.name()));
            cases.push(malformed(kind, &name, span, findings(self.source, faults)));
        }
    }

    /// The keys in the file that a case names.
    fn keys(&self, name: &str) -> Result<Arc<dyn Keyring>, String> {
        if let Some(keys) = self.keys.borrow().get(name) {
            return Ok(Arc::clone(keys));
        }
        let file = self.root.read(self.source.path(), name)?;
        let parsed = JwksKeyring::parse(file.text().trim_start_matches('\u{feff}'));
        let keys = parsed.map_err(|error| format!("`{name}` has no keys: {error}"))?;
        let keys: Arc<dyn Keyring> = Arc::new(keys);
        self.keys
            .borrow_mut()
            .insert(name.to_owned(), Arc::clone(&keys));
        Ok(keys)
    }

    fn read(&self, kind: Kind, fields: &mut Fields<'_, '_>, name: Option<&str>) -> Vec<Read> {
        let bytes = fields.bytes();
        let named = |default: String| name.map_or(default, str::to_owned);
        let numbered =
            |default: String| name.map_or(default.clone(), |name| format!("{name}: {default}"));
        match kind {
            Kind::Grid => {
                let cells = grid::read(fields, self.source, self.subjects).into_iter();
                let cells = cells
                    .map(|cell| (numbered(cell.name), cell.bytes, cell.case.map(Body::Access)));
                cells.collect()
            }
            Kind::Decision => {
                let read = access::read(fields, self.subjects, self.policy).into_iter();
                read.map(|it| (named(it.question()), bytes.clone(), Ok(Body::Access(it))))
                    .collect()
            }
            Kind::Never => {
                let read = never::read(fields, self.policy).into_iter();
                read.map(|it| {
                    (
                        named(format!("never {}", it.pattern)),
                        bytes.clone(),
                        Ok(Body::Never(it)),
                    )
                })
                .collect()
            }
            Kind::Value => {
                let read = value::read(fields).into_iter();
                read.map(|(bytes, it)| (numbered(offer(&it)), bytes, Ok(Body::Value(it))))
                    .collect()
            }
            Kind::Token => {
                let read = token::read(fields, self.policy, self.now, |name| self.keys(name));
                let read = read.into_iter();
                read.map(|(bytes, it)| (numbered(after(it.after)), bytes, Ok(Body::Token(it))))
                    .collect()
            }
            Kind::Story => {
                let name = fields_name(name, fields);
                let story = story::read(fields, self.subjects, self.policy);
                vec![(name, bytes, Ok(Body::Story(story)))]
            }
            Kind::File => Vec::new(),
        }
    }
}

/// What a case with parameters expects stands in no one place of the file.
fn stated(mut body: Body, suffix: &str) -> Body {
    if let Body::Access(access) = &mut body
        && !suffix.is_empty()
    {
        access.expected_at = None;
    }
    body
}

fn fields_name(name: Option<&str>, fields: &mut Fields<'_, '_>) -> String {
    if name.is_none() {
        fields.faults.add(fields.bytes(), "`name` is missing");
    }
    name.unwrap_or("story").to_owned()
}

fn offer(value: &value::Value) -> String {
    let field = match value.field {
        Field::Password => "password",
        Field::Email => "email",
    };
    format!("{field} {:?}", value.text)
}

fn after(after: Duration) -> String {
    format!("token after {}", describe_duration(after))
}
