//! Coverage as an LCOV tracefile: a line counts as reached when a case met something on it, and each
//! thing on it is a branch.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::items::{Coverage, Item};

/// The tracefile.
#[must_use]
pub fn render(coverage: &[Coverage]) -> String {
    let mut text = String::new();
    for policy in coverage {
        let _ = writeln!(text, "TN:\nSF:{}", policy.file.path().display());
        let lines = lines(policy);
        let (mut branches, mut taken) = (0, 0);
        for (line, items) in &lines {
            for (number, item) in items.iter().enumerate() {
                let hit = u8::from(item.is_covered);
                branches += 1;
                taken += usize::from(item.is_covered);
                let _ = writeln!(text, "BRDA:{line},0,{number},{hit}");
            }
        }
        let _ = writeln!(text, "BRF:{branches}\nBRH:{taken}");
        let is_reached = |items: &[&Item]| items.iter().any(|item| item.is_covered);
        for (line, items) in &lines {
            let _ = writeln!(text, "DA:{line},{}", u8::from(is_reached(items)));
        }
        let reached = lines.values().filter(|items| is_reached(items)).count();
        let _ = writeln!(text, "LF:{}\nLH:{reached}\nend_of_record", lines.len());
    }
    text
}

fn lines(policy: &Coverage) -> BTreeMap<usize, Vec<&Item>> {
    let mut lines: BTreeMap<usize, Vec<&Item>> = BTreeMap::new();
    for item in policy
        .dimensions
        .iter()
        .flat_map(|dimension| &dimension.items)
    {
        if let Some(span) = &item.span {
            lines.entry(span.start().line).or_default().push(item);
        }
    }
    lines
}
