//! The roles as the policy file defines them.

use super::diagnostics::{Fault, Span, quoted};
use super::toml_reader::{Table, Text};
use crate::rbac::{Effect, Pattern};

/// The keys of a role that state rules. Each has an effect, and a flag for rules that match only
/// what the subject owns.
const STATEMENTS: [(&str, Effect, bool); 3] = [
    ("allow", Effect::Allow, false),
    ("allow_own", Effect::Allow, true),
    ("deny", Effect::Deny, false),
];

/// All roles of a policy, in the order of their names.
pub(super) struct Definitions<'doc> {
    /// The place of the first of them.
    pub(super) at: Span,
    pub(super) roles: Vec<Definition<'doc>>,
}

/// A role as the file states it, without what it inherits.
pub(super) struct Definition<'doc> {
    pub(super) name: Text<'doc>,
    pub(super) inherits: Vec<Text<'doc>>,
    pub(super) statements: Vec<Statement<'doc>>,
}

/// A rule as a role states it.
pub(super) struct Statement<'doc> {
    pub(super) effect: Effect,
    pub(super) permission: &'doc str,
    pub(super) own: bool,
}

impl Default for Definitions<'_> {
    /// The roles of a policy that defines none: `admin` may do everything, and `user` needs no
    /// permission for its own account.
    fn default() -> Self {
        let role = |value, statements| Definition {
            name: Text {
                at: Span::default(),
                value,
            },
            inherits: Vec::new(),
            statements,
        };
        let everything = Statement {
            effect: Effect::Allow,
            permission: "*:*",
            own: false,
        };
        Self {
            at: Span::default(),
            roles: vec![role("admin", vec![everything]), role("user", Vec::new())],
        }
    }
}

impl<'doc> Definitions<'doc> {
    /// Reads the roles of the table `[roles]`, which replace the default roles altogether.
    pub(super) fn read(table: &mut Table<'doc, '_>, at: Span) -> Self {
        let mut roles = Vec::new();
        table.each_table(|name, table| roles.push(Definition::read(name, table)));
        for role in roles.iter().filter(|role| !is_role_name(role.name.value)) {
            let reason = "a role name must be 1 to 64 lower-case letters, digits, `_` and `-`, \
                          starting with a letter";
            table.refuse(role.name.at, Fault::MalformedName, role.name.value, reason);
        }
        // INVARIANT: `roles` is in the order of names, as the document's map returns them;
        // `index_of` relies on it for its binary search.
        Self { at, roles }
    }

    /// Returns the index in `roles` of the role with this name.
    pub(super) fn index_of(&self, name: &str) -> Option<usize> {
        self.roles
            .binary_search_by(|role| role.name.value.cmp(name))
            .ok()
    }
}

impl<'doc> Definition<'doc> {
    fn read(name: Text<'doc>, table: &mut Table<'doc, '_>) -> Self {
        let inherits = table.texts("inherits").unwrap_or_default();
        let mut statements = Vec::new();
        for (key, effect, own) in STATEMENTS {
            for permission in table.texts(key).unwrap_or_default() {
                if let Err(error) = Pattern::parse(permission.value) {
                    let reason = format!(
                        "{} {error}; either may be `*` or end in `*`",
                        quoted(permission.value)
                    );
                    table.refuse(permission.at, Fault::MalformedName, key, reason);
                }
                statements.push(Statement {
                    effect,
                    permission: permission.value,
                    own,
                });
            }
        }
        Self {
            name,
            inherits,
            statements,
        }
    }
}

fn is_role_name(text: &str) -> bool {
    let is_rest = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_' || c == b'-';
    text.len() <= 64
        && text.bytes().next().is_some_and(|c| c.is_ascii_lowercase())
        && text.bytes().all(is_rest)
}
