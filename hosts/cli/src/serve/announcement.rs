//! The text that the server prints on standard output when it is ready.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use super::start::{Server, Setup};
use crate::settings::ServerSettings;

/// Prints where the server listens, its issuer, policy, data directory and store, and then the next
/// step: the link to set-up while no administrator exists, and pages to read.
pub fn print(settings: &ServerSettings, server: &Server) {
    let mut text = describe(settings, server);
    if let Some(setup) = &server.setup {
        text.push_str(&describe_setup(&server.url, setup));
    }
    text.push_str(&describe_pages(&server.url));
    // A failed write to standard output must not stop the server.
    let _ = io::stdout().write_all(text.as_bytes());
}

fn describe(settings: &ServerSettings, server: &Server) -> String {
    let policy = settings.policy.path.as_ref();
    let policy = policy.map_or("defaults".to_owned(), |path| path.display().to_string());
    let lines = [
        ("issuer", server.issuer.clone()),
        ("policy", policy),
        ("data", server.data.display().to_string()),
        ("store", server.store.name().to_owned()),
    ];
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("Countersign {version} listens on {}\n", server.url);
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
    format!(
        "\n\
         There is no administrator yet. Open this link and choose a password of at least {min_length}\n\
         characters:\n\
         \n  \
           Set up the first administrator: {url}/#setup={token}\n\
         \n\
         The link works once. Until then its token is in {} as well.\n",
        file.display()
    )
}

fn describe_pages(url: &str) -> String {
    format!(
        "\n  \
           Documentation: {url}/docs/\n  \
           Health:        {url}/healthz\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_set_up_has_a_line_and_the_token_in_its_fragment() {
        let setup = Setup {
            token: "css_abc-def".to_owned(),
            file: "/d/t".into(),
            min_length: 15,
        };
        let text = describe_setup("http://127.0.0.1:1", &setup);
        let line = "\n  Set up the first administrator: http://127.0.0.1:1/#setup=css_abc-def\n";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("at least 15\ncharacters"), "{text}");
    }
}
