//! Coverage as JSON.

use serde_json::{Value, json};

use super::items::{Coverage, Item};

/// One JSON object: for each policy its dimensions with their items.
#[must_use]
pub fn render(coverage: &[Coverage]) -> String {
    let policies = coverage.iter().map(|policy| {
        let (covered, all) = policy.counts();
        let dimensions = policy.dimensions.iter().map(|dimension| {
            let (covered, all) = dimension.counts();
            json!({
                "name": dimension.name,
                "counted": dimension.is_of_policy,
                "covered": covered,
                "all": all,
                "items": dimension.items.iter().map(item).collect::<Value>(),
            })
        });
        json!({
            "policy": policy.file.path().display().to_string(),
            "covered": covered,
            "all": all,
            "per_mille": policy.per_mille(),
            "dimensions": dimensions.collect::<Value>(),
        })
    });
    format!("{}\n", json!({ "policies": policies.collect::<Value>() }))
}

fn item(item: &Item) -> Value {
    let mut json = json!({ "name": item.name, "covered": item.is_covered });
    if let Some(span) = &item.span {
        let start = span.start();
        json["line"] = start.line.into();
        json["column"] = start.column.into();
    }
    json
}
