//! The text that the server prints on standard output when it is ready.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// What the operator is told about a server.
pub struct Facts {
    /// The URL at which clients on this machine reach the server.
    pub url: String,
    pub issuer: String,
    /// The policy file; `None` when the defaults hold.
    pub policy: Option<PathBuf>,
    pub data: PathBuf,
    /// The name of the store.
    pub store: String,
    /// Whether the service describes itself at `/docs/`.
    pub describes: bool,
    /// Set while no administrator exists.
    pub setup: Option<Setup>,
}

/// What the operator needs to make the first administrator.
pub struct Setup {
    /// `None` when it is not to be printed.
    pub token: Option<String>,
    pub file: PathBuf,
    /// The least length of the password, in characters.
    pub min_length: u32,
}

/// Prints where the server listens, its issuer, policy, data directory and store, and then the next
/// step: the link to set-up while no administrator exists, and pages to read. `metrics` is the URL of
/// the metrics, if they are served.
pub fn print(facts: &Facts, metrics: Option<&str>) {
    let mut text = describe(facts);
    if let Some(setup) = &facts.setup {
        text.push_str(&describe_setup(&facts.url, setup));
    }
    text.push_str(&describe_pages(facts, metrics));
    // A failed write to standard output must not stop the server.
    let _ = io::stdout().write_all(text.as_bytes());
}

fn describe(facts: &Facts) -> String {
    let policy = facts.policy.as_ref();
    let policy = policy.map_or("defaults".to_owned(), |path| path.display().to_string());
    let lines = [
        ("issuer", facts.issuer.clone()),
        ("policy", policy),
        ("data", facts.data.display().to_string()),
        ("store", facts.store.clone()),
    ];
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("Countersign {version} listens on {}\n", facts.url);
    for (name, value) in lines {
        let _ = writeln!(text, "  {name:7} {value}");
    }
    text
}

/// The token is in the fragment of the link. A browser sends no fragment to a server, so the token
/// appears in no log and no `Referer` header.
fn describe_setup(url: &str, setup: &Setup) -> String {
    let Setup {
        token,
        file,
        min_length,
    } = setup;
    let file = file.display();
    match token {
        Some(token) => format!(
            "\n\
             There is no administrator yet. Open this link and choose a password of at least {min_length}\n\
             characters:\n\
             \n  \
               Set up the first administrator: {url}/#setup={token}\n\
             \n\
             The link works once, and for 24 hours. Until then its token is in {file} as well.\n"
        ),
        None => format!(
            "\n\
             There is no administrator yet. A token for the first one is in {file}.\n\
             It works once, and for 24 hours. Open {url}/ and enter it there.\n"
        ),
    }
}

fn describe_pages(facts: &Facts, metrics: Option<&str>) -> String {
    let url = &facts.url;
    let mut text = "\n".to_owned();
    if facts.describes {
        let _ = writeln!(text, "  Documentation: {url}/docs/");
    }
    let _ = writeln!(text, "  Health:        {url}/healthz");
    if let Some(metrics) = metrics {
        let _ = writeln!(text, "  Metrics:       {metrics}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_set_up_has_a_line_and_the_token_in_its_fragment() {
        let setup = Setup {
            token: Some("css_abc-def".to_owned()),
            file: "/d/t".into(),
            min_length: 15,
        };
        let text = describe_setup("http://127.0.0.1:1", &setup);
        let line = "\n  Set up the first administrator: http://127.0.0.1:1/#setup=css_abc-def\n";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("at least 15\ncharacters"), "{text}");
        let kept = Setup {
            token: None,
            ..setup
        };
        let text = describe_setup("http://127.0.0.1:1", &kept);
        assert!(
            text.contains("is in /d/t.\n") && !text.contains("#setup"),
            "{text}"
        );
    }
}
