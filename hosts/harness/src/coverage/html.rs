//! Coverage as a page: the policy with what was met and what was not.

use std::fmt::Write;

use super::items::{Coverage, Item};

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Coverage of the policy</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1b1b; background: #fff }
pre { overflow-x: auto; background: #f6f6f6; padding: 1rem }
mark { background: #cdeccd; color: inherit }
mark.missed { background: #f8d0d0; text-decoration: underline }
td, th { text-align: left; padding: 0 1rem 0 0 }
</style>
";

/// One page for all policies. It loads nothing.
#[must_use]
pub fn render(coverage: &[Coverage]) -> String {
    let mut page = HEAD.to_owned();
    for policy in coverage {
        let share = policy.per_mille();
        let path = escaped(&policy.file.path().display().to_string());
        let _ = writeln!(
            page,
            "<h1>{path}: {}.{} %</h1>\n<table>",
            share / 10,
            share % 10
        );
        for dimension in &policy.dimensions {
            let (covered, all) = dimension.counts();
            let _ = writeln!(page, "<tr><th>{}<td>{covered} of {all}", dimension.name);
        }
        page.push_str("</table>\n<ul>\n");
        let items = policy
            .dimensions
            .iter()
            .flat_map(|dimension| &dimension.items);
        for item in items.filter(|item| !item.is_covered) {
            let _ = writeln!(page, "<li>not covered: {}", escaped(&item.name));
        }
        let _ = writeln!(page, "</ul>\n<pre>{}</pre>", marked(policy));
    }
    page
}

/// The text of the policy with its items marked.
fn marked(policy: &Coverage) -> String {
    let text = policy.file.text();
    let items = policy
        .dimensions
        .iter()
        .flat_map(|dimension| &dimension.items);
    let mut items: Vec<_> = items
        .filter_map(|item| Some((item.span.as_ref()?.bytes.clone(), item)))
        .collect();
    items.sort_by_key(|(bytes, _)| bytes.start);
    let mut page = String::new();
    let mut from = 0;
    for (bytes, item) in items {
        page.push_str(&escaped(&text[from..bytes.start]));
        page.push_str(&mark(item, &text[bytes.clone()]));
        from = bytes.end;
    }
    page.push_str(&escaped(&text[from..]));
    page
}

fn mark(item: &Item, text: &str) -> String {
    let (class, said) = if item.is_covered {
        ("met", "covered")
    } else {
        ("missed", "not covered")
    };
    format!(
        "<mark class=\"{class}\" title=\"{said}\">{}</mark>",
        escaped(text)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
