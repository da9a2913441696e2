//! The pages for people: they need no other server, have strict headers, and are the same for
//! everyone.

use std::collections::BTreeSet;
use std::io::Read;

use auth_end_to_end::{Answer, Client, Options, Server};
use flate2::read::GzDecoder;
use http::Method;

/// The one page that compiles WebAssembly.
const TOKEN_PAGE: &str = "/docs/token/";
/// A page and the folder that its links are relative to.
const PAGES: [(&str, &str); 5] = [
    ("/", "/"),
    ("/docs/", "/docs/"),
    (TOKEN_PAGE, TOKEN_PAGE),
    ("/problems", "/"),
    ("/problems/invalid-request", "/problems/"),
];

#[test]
fn every_page_is_strict_and_answers_head() {
    let server = Server::start(&Options::default());
    let client = server.client();
    for (path, _) in PAGES {
        let page = client.get(path).expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        let policy = page.header("content-security-policy");
        let scripts = match path {
            TOKEN_PAGE => "script-src 'self' 'wasm-unsafe-eval';",
            _ => "script-src 'self';",
        };
        for directive in [
            "default-src 'none'",
            scripts,
            "connect-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        let others = policy.replace(scripts, "");
        assert!(!others.contains("unsafe"), "{path}: {policy}");
        let html = text(&page);
        assert!(!html.contains("<script>") && !html.contains("<style"));
        assert!(!html.contains(" style=") && !html.contains(" onclick="));
        let head = client.call(Method::HEAD, path).expect(200);
        assert!(head.body().is_empty(), "{path}");
    }
}

#[test]
fn every_link_and_file_of_a_page_is_on_this_server() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let mut seen = BTreeSet::new();
    for (path, folder) in PAGES {
        let html = text(&client.get(path).expect(200));
        for target in targets(&html) {
            assert!(
                !target.contains("//"),
                "{path}: {target} is on another host"
            );
            assert!(!target.starts_with('/'), "{path}: {target} needs a prefix");
            if let Some(target) = resolve(folder, &target)
                && seen.insert(target.clone())
            {
                check(&client, &target);
            }
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

/// The references of a page: links, scripts, style sheets and images.
fn targets(html: &str) -> Vec<String> {
    let after = |start| html.split(start).skip(1);
    let parts = after(" src=\"").chain(after(" href=\""));
    parts
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect()
}

/// The path that a relative reference leads to, `None` for a place on the same page.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let target = target.split('#').next().filter(|it| !it.is_empty())?;
    // Each page names the root by as many steps up as it is deep.
    let path = match target.rsplit_once("../") {
        Some((_, rest)) => format!("/{rest}"),
        None => format!("{folder}{}", target.trim_start_matches("./")),
    };
    Some(path)
}

fn check(client: &Client, path: &str) {
    let file = client.get(path).expect(200);
    assert!(!file.body().is_empty(), "{path}");
    if path.starts_with("/assets/") {
        let cache = file.header("cache-control");
        assert!(cache.ends_with("immutable"), "{path}: {cache}");
    }
    if path.ends_with(".css") {
        check_style(&text(&file));
    }
}

fn check_style(style: &str) {
    assert!(!style.contains("@import"));
    for target in style.split("url(").skip(1) {
        let inline = target.trim_start_matches(['"', '\'']).starts_with("data:");
        assert!(inline, "url({}", target.get(..80).unwrap_or(target));
    }
}

#[test]
fn the_first_page_does_not_tell_whether_set_up_is_open() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let before = text(&client.get("/").expect(200));
    let token = server.output();
    let (_, token) = token.split_once("/#setup=").expect("a link to set-up");
    let token = token.split_whitespace().next().expect("a token");
    assert!(!before.contains(token));
    client.set_up(token, "ada@example.com").expect(201);
    assert_eq!(text(&client.get("/").expect(200)), before);
}

/// The body without its content coding.
pub(crate) fn text(answer: &Answer) -> String {
    let mut text = String::new();
    let read = match answer.header("content-encoding") {
        "" => answer.body().read_to_string(&mut text),
        "gzip" => GzDecoder::new(answer.body()).read_to_string(&mut text),
        other => panic!("unknown content coding {other}"),
    };
    read.expect("text");
    text
}
