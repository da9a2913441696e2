//! The parts of a policy that cases can meet, with their places in its file.

use toml::de::{DeTable, DeValue};

use crate::names;
use crate::observed::Seen;
use crate::policy::Policy;
use crate::source::{Source, Span};

/// What is covered of one policy.
pub struct Coverage {
    /// The policy file.
    pub file: Source,
    /// The dimensions, each with its items.
    pub dimensions: Vec<Dimension>,
}

/// One kind of things that cases can meet.
pub struct Dimension {
    /// Its name.
    pub name: &'static str,
    /// Whether it belongs to the policy, and so to its share that is covered. What the service can
    /// answer, under any policy, does not.
    pub is_of_policy: bool,
    /// The things, in the order of the file or of the contract.
    pub items: Vec<Item>,
}

/// One thing that cases can meet.
pub struct Item {
    /// Its description, for instance `deny orders:refund of the role support`.
    pub name: String,
    /// Where the policy states it.
    pub span: Option<Span>,
    /// Whether a case met it.
    pub is_covered: bool,
    pub(crate) part: Part,
}

/// What an item stands for.
pub(crate) enum Part {
    Role(String),
    Rule {
        role: String,
        effect: &'static str,
        pattern: String,
    },
    Edge {
        heir: String,
        inherited: String,
    },
    Outcome,
    Setting,
}

impl Coverage {
    /// How many items of the policy are covered, and how many there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let dimensions = self
            .dimensions
            .iter()
            .filter(|dimension| dimension.is_of_policy);
        dimensions.fold((0, 0), |(covered, all), dimension| {
            let (more, of) = dimension.counts();
            (covered + more, all + of)
        })
    }

    /// The share that is covered in tenths of a percent, rounded down: only all is 1,000.
    #[must_use]
    pub fn per_mille(&self) -> usize {
        let (covered, all) = self.counts();
        per_mille(covered, all)
    }
}

impl Dimension {
    /// How many items are covered, and how many there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (
            self.items.iter().filter(|item| item.is_covered).count(),
            self.items.len(),
        )
    }
}

pub(crate) fn per_mille(covered: usize, all: usize) -> usize {
    (covered * 1_000).checked_div(all).unwrap_or(1_000)
}

/// The keys of a role that state rules.
const EFFECTS: [&str; 3] = ["allow", "allow_own", "deny"];

/// Compares the parts of a policy with what the cases met.
pub(super) fn measure(policy: &Policy, seen: &Seen) -> Coverage {
    let mut roles = Vec::new();
    let mut rules = Vec::new();
    let mut edges = Vec::new();
    // The component has compiled this text, so it is TOML.
    let document = DeTable::parse(policy.file.text())
        .map(toml::Spanned::into_inner)
        .unwrap_or_default();
    let table = document
        .get("roles")
        .and_then(|roles| roles.get_ref().as_table());
    for (key, value) in table.into_iter().flatten() {
        let role = key.get_ref().to_string();
        let span = |bytes| Some(policy.file.span(bytes));
        roles.push(Item {
            name: format!("the role {role}"),
            span: span(key.span()),
            is_covered: seen.roles.contains(&role),
            part: Part::Role(role.clone()),
        });
        let Some(table) = value.get_ref().as_table() else {
            continue;
        };
        for effect in EFFECTS {
            for (pattern, bytes) in texts(table, effect) {
                rules.push(Item {
                    name: format!("{effect} {pattern} of the role {role}"),
                    span: span(bytes),
                    is_covered: seen
                        .rules
                        .contains(&(role.clone(), effect, pattern.clone())),
                    part: Part::Rule {
                        role: role.clone(),
                        effect,
                        pattern,
                    },
                });
            }
        }
        for (inherited, bytes) in texts(table, "inherits") {
            edges.push(Item {
                name: format!("{role} inherits {inherited}"),
                span: span(bytes),
                is_covered: seen.edges.contains(&(role.clone(), inherited.clone())),
                part: Part::Edge {
                    heir: role.clone(),
                    inherited,
                },
            });
        }
    }
    for items in [&mut roles, &mut rules, &mut edges] {
        items.sort_by_key(|item| item.span.as_ref().map(|span| span.bytes.start));
    }
    let of_policy = [("roles", roles), ("rules", rules), ("inheritance", edges)];
    let of_policy = of_policy.map(|(name, items)| Dimension {
        name,
        is_of_policy: true,
        items,
    });
    Coverage {
        file: policy.file.clone(),
        dimensions: of_policy
            .into_iter()
            .chain([refusals(seen), outcomes(seen)])
            .collect(),
    }
}

/// The strings of the list at `key`, each with its place.
fn texts<'d>(
    table: &'d DeTable<'_>,
    key: &str,
) -> impl Iterator<Item = (String, std::ops::Range<usize>)> + 'd {
    let items = table.get(key).and_then(|value| value.get_ref().as_array());
    let items = items.map(|items| items.iter()).unwrap_or_default();
    items.filter_map(|item| match item.get_ref() {
        DeValue::String(text) => Some((text.to_string(), item.span())),
        _ => None,
    })
}

/// The reasons for which values and tokens are refused.
fn refusals(seen: &Seen) -> Dimension {
    let lists = [
        ("password", names::PASSWORD),
        ("email", names::EMAIL),
        ("token", names::TOKEN),
    ];
    // These two no case can reach: a new account has no password before it, and only flows that read
    // the stores see a revoked session.
    let reachable = |call: &str, name: &str| {
        !matches!(
            (call, name),
            ("password", "unchanged") | ("token", "revoked")
        )
    };
    let items = lists
        .into_iter()
        .flat_map(|(call, names)| names.iter().map(move |name| (call, *name)));
    let items = items.filter(|(call, name)| reachable(call, name));
    Dimension {
        name: "refusals",
        is_of_policy: false,
        items: items
            .map(|(call, name)| outcome(seen, call, name))
            .collect(),
    }
}

/// The outcomes of the flows without an administrator.
fn outcomes(seen: &Seen) -> Dimension {
    let lists = [
        ("register", names::REGISTRATION),
        ("login", names::LOGIN),
        ("refresh", names::REFRESH),
        ("change-password", names::CHANGE),
        ("revoke-session", names::REVOCATION),
        ("authorize", &["denied"]),
    ];
    let items = lists.into_iter().flat_map(|(call, names)| {
        // The hasher of the harness always has a place.
        let names = names.iter().copied().filter(|name| *name != "busy");
        [names::OK]
            .into_iter()
            .chain(names)
            .map(move |name| (call, name))
    });
    Dimension {
        name: "outcomes",
        is_of_policy: false,
        items: items
            .map(|(call, name)| outcome(seen, call, name))
            .collect(),
    }
}

fn outcome(seen: &Seen, call: &'static str, name: &str) -> Item {
    Item {
        name: format!("{call}: {name}"),
        span: None,
        is_covered: seen.outcomes.contains(&(call, name.to_owned())),
        part: Part::Outcome,
    }
}
