//! Subjects: the people of a case file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeTable;

use crate::fault::{Faults, unknown};
use crate::policy::Policy;
use crate::reader::{Fields, Text};

/// A person who acts in the cases of a file.
#[derive(Clone)]
pub(crate) struct Subject {
    /// The name in the file; also the id of the account in questions about permissions.
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) email: String,
    pub(crate) password: String,
    /// The address that the subject acts from, unless a step says otherwise.
    pub(crate) source: String,
    /// Whether the subject may have an account before a story begins.
    pub(crate) has_account: bool,
}

/// The subjects of a file by name.
pub(crate) type Subjects = BTreeMap<String, Arc<Subject>>;

/// Reads the table `[subjects]` and adds its subjects.
pub(crate) fn read(
    table: &DeTable<'_>,
    policy: &Policy,
    subjects: &mut Subjects,
    faults: &mut Faults,
) {
    for (key, value) in table {
        let name: &str = key.get_ref();
        if subjects.contains_key(name) {
            faults.add(key.span(), format!("the subject `{name}` is defined twice"));
            continue;
        }
        let Some(table) = value.get_ref().as_table() else {
            faults.add(
                value.span(),
                format!("`{name}` must be a table, such as {{ roles = [\"user\"] }}"),
            );
            continue;
        };
        let mut fields = Fields::new(table, value.span(), faults);
        let subject = subject(name, subjects.len(), &mut fields, policy);
        fields.finish();
        subjects.insert(name.to_owned(), Arc::new(subject));
    }
}

fn subject(name: &str, number: usize, fields: &mut Fields<'_, '_>, policy: &Policy) -> Subject {
    let roles = fields.texts("roles").unwrap_or_default();
    for role in &roles {
        check_role(role, policy, fields.faults);
    }
    let text = |text: Option<Text>| text.map(|text| text.value);
    Subject {
        name: name.to_owned(),
        roles: roles.into_iter().map(|role| role.value).collect(),
        email: text(fields.text("email"))
            .unwrap_or_else(|| format!("subject-{number}@example.com")),
        password: text(fields.text("password"))
            .unwrap_or_else(|| "quiet herons wade past noon".to_owned()),
        source: text(fields.text("from")).unwrap_or_else(|| {
            // A network for documentation (RFC 3849), another /64 for each subject.
            format!("2001:db8:0:{number:x}::1")
        }),
        has_account: !fields.has("account") || fields.flag("account"),
    }
}

/// Reports a role that the policy does not define.
pub(crate) fn check_role(role: &Text, policy: &Policy, faults: &mut Faults) {
    if !policy.has_role(&role.value) {
        faults.add(
            role.bytes.clone(),
            unknown("role", &role.value, &policy.role_names()),
        );
    }
}

/// Finds the subject of this name; an unknown one is a fault.
pub(crate) fn find(text: &Text, subjects: &Subjects, faults: &mut Faults) -> Option<Arc<Subject>> {
    find_name(&text.value, text.bytes.clone(), subjects, faults)
}

/// The same for a name and its place.
pub(crate) fn find_name(
    name: &str,
    bytes: Range<usize>,
    subjects: &Subjects,
    faults: &mut Faults,
) -> Option<Arc<Subject>> {
    let found = subjects.get(name).cloned();
    if found.is_none() {
        let known: Vec<&str> = subjects.keys().map(String::as_str).collect();
        faults.add(bytes, unknown("subject", name, &known));
    }
    found
}
