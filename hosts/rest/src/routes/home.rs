//! `GET /`: the first page that a person opens.
//!
//! The page is the same for everyone and at any time. It has the form that makes the first
//! administrator, and does not say whether that is still possible: only an answer of `/v1/setup` to the
//! right token does.

use axum::extract::State;

use crate::app::Shared;
use crate::pages::html::{Html, fill};
use crate::pages::shell::{Depth, Page};

/// What stands for facts that the service keeps to itself.
const KEPT: &str = "not shown";

pub(crate) async fn home(State(app): State<Shared>) -> Page {
    let policy = app.service.policy();
    let described = app.config.describes.then_some(&app.config);
    page(&Facts {
        issuer: &policy.deployment().issuer,
        version: described.map_or(KEPT, |config| config.version),
        component_sha256: described.map_or(KEPT, |config| config.component_sha256),
        min_length: policy.settings().password.min_length,
    })
}

/// The facts about this deployment that the page shows.
struct Facts<'a> {
    issuer: &'a str,
    version: &'a str,
    component_sha256: &'a str,
    /// The minimum length of a password, in characters.
    min_length: u32,
}

fn page(facts: &Facts<'_>) -> Page {
    let main = fill(
        include_str!("../../templates/home.html"),
        &[
            ("issuer", Html::escape(facts.issuer)),
            ("version", Html::escape(facts.version)),
            ("component-sha256", Html::escape(facts.component_sha256)),
            ("min-length", Html::escape(facts.min_length)),
        ],
    );
    Page::new(Html::own("Countersign"), Depth::Root, main).script("setup.js")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_this_deployment_is() {
        let facts = Facts {
            issuer: "https://auth.example.com/<a>",
            version: "1.2.3",
            component_sha256: "abc123",
            min_length: 17,
        };
        let html = page(&facts).render().into_string();
        for part in [
            "https://auth.example.com/&lt;a&gt;",
            "<dd>1.2.3</dd>",
            "<dd>abc123</dd>",
            "At least 17 characters",
            "<title>Countersign</title>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("{{"), "{html}");
    }
}
