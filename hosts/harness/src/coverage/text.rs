//! Coverage for people.

use std::fmt::Write;

use super::items::{Coverage, Dimension, Item, per_mille};

/// The counts of each policy and dimension, and the names of what no case met.
#[must_use]
pub fn render(coverage: &[Coverage]) -> String {
    let mut text = String::new();
    for policy in coverage {
        let _ = writeln!(
            text,
            "\ncoverage of {}: {}",
            policy.file.path().display(),
            percent(policy.per_mille())
        );
        for dimension in &policy.dimensions {
            text.push_str(&line(dimension));
        }
        let items = policy
            .dimensions
            .iter()
            .flat_map(|dimension| &dimension.items);
        for item in items.filter(|item| !item.is_covered) {
            let _ = writeln!(text, "  not covered: {}", described(item));
        }
    }
    text
}

fn line(dimension: &Dimension) -> String {
    let (covered, all) = dimension.counts();
    let note = if dimension.is_of_policy {
        ""
    } else {
        " (not counted)"
    };
    format!(
        "  {:12} {covered} of {all}, {}{note}\n",
        dimension.name,
        percent(per_mille(covered, all))
    )
}

fn described(item: &Item) -> String {
    match item.span.as_ref().map(|span| (span, span.start())) {
        Some((span, start)) => format!(
            "{}:{}:{}: {}",
            span.source.path().display(),
            start.line,
            start.column,
            item.name
        ),
        None => item.name.clone(),
    }
}

fn percent(per_mille: usize) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}
