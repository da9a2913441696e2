//! What a server says on standard output once it is ready.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use super::start::{Server, Setup};
use crate::settings::ServerSettings;

/// Prints where the server is and what it uses, and how the first administrator is made.
pub fn print(settings: &ServerSettings, server: &Server) {
    let mut text = describe(settings, server);
    if let Some(setup) = &server.setup {
        text.push_str(&describe_setup(&server.url, setup));
    }
    // A server whose output nobody reads serves all the same.
    let _ = io::stdout().write_all(text.as_bytes());
}

fn describe(settings: &ServerSettings, server: &Server) -> String {
    let policy = settings.policy.path.as_ref();
    let policy = policy.map_or("defaults".to_owned(), |path| path.display().to_string());
    let lines = [
        ("docs", format!("{}/docs", server.url)),
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

/// The password of the example is too short for any policy: pasted as it is, the command makes no
/// administrator whose password is in the manual, and leaves the token unused.
fn describe_setup(url: &str, setup: &Setup) -> String {
    let Setup {
        token,
        file,
        min_length,
    } = setup;
    format!(
        "\n\
         There is no administrator yet. Make the first one with your own address and a password of\n\
         at least {min_length} characters:\n\
         \n  \
           curl {url}/v1/setup -H 'content-type: application/json' \\\n    \
             -d '{{\"token\":\"{token}\",\"email\":\"you@example.com\",\"password\":\"CHANGE ME\"}}'\n\
         \n\
         The token works once. Until then it is in {} as well.\n",
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_up_can_be_pasted() {
        let setup = Setup {
            token: "abc-def".to_owned(),
            file: "/d/t".into(),
            min_length: 15,
        };
        let text = describe_setup("http://127.0.0.1:1", &setup);
        assert!(text.contains(
            "  curl http://127.0.0.1:1/v1/setup -H 'content-type: application/json' \\\n    \
             -d '{\"token\":\"abc-def\",\"email\":\"you@example.com\",\"password\":\"CHANGE ME\"}'\n"
        ));
    }
}
