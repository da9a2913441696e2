//! The pages are whole without any other server.

use std::io::Read;

use auth_end_to_end::wire::{exchange, request};
use auth_end_to_end::{Answer, Options, Server};
use flate2::read::GzDecoder;
use serde_json::Value;

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let redirect = client.get("/docs").expect(308);
    assert_eq!(redirect.header("location"), "docs/");
    let page = client.get("/docs/").expect(200);
    let policy = page.header("content-security-policy").to_owned();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    let html = text(&page);
    assert!(
        !html.contains("<script>"),
        "the policy forbids such scripts"
    );
    let parts: Vec<_> = [" src=\"", " href=\""]
        .iter()
        .flat_map(|start| html.split(start).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(parts.len() >= 4, "{html}");
    for part in parts {
        assert!(!part.contains("//"), "{part} is elsewhere");
        let path = format!("/docs/{}", part.trim_start_matches("./"));
        let file = client.get(&path).expect(200);
        assert!(!file.body().is_empty(), "{path}");
        if part.ends_with(".css") {
            check_style(&text(&file));
        }
    }
    let initializer = text(&client.get("/docs/swagger-initializer.js").expect(200));
    assert!(initializer.contains("\"../openapi.json\""), "{initializer}");
    assert!(!initializer.contains("://"), "{initializer}");
}

fn check_style(style: &str) {
    assert!(!style.contains("@import"));
    for target in style.split("url(").skip(1) {
        let inline = target.trim_start_matches(['"', '\'']).starts_with("data:");
        assert!(inline, "url({}", target.get(..80).unwrap_or(target));
    }
}

#[test]
fn the_description_is_the_one_that_is_checked_in_and_refers_to_itself_alone() {
    let server = Server::start(&Options::default());
    let answer = server.client().get("/openapi.json").expect(200);
    let served = text(&answer);
    assert_eq!(served, include_str!("../../../../hosts/rest/openapi.json"));
    let description: Value = serde_json::from_str(&served).expect("JSON");
    let mut references = 0;
    for reference in served.split("\"$ref\": \"").skip(1) {
        let reference = reference.split('"').next().unwrap_or_default();
        let pointer = reference.strip_prefix('#').expect("a place in this text");
        assert!(description.pointer(pointer).is_some(), "{reference}");
        references += 1;
    }
    assert!(references > 50, "only {references} references were found");
}

/// The body without its content coding.
fn text(answer: &Answer) -> String {
    let mut text = String::new();
    let read = match answer.header("content-encoding") {
        "" => answer.body().read_to_string(&mut text),
        "gzip" => GzDecoder::new(answer.body()).read_to_string(&mut text),
        other => panic!("unknown content coding {other}"),
    };
    read.expect("text");
    text
}

#[test]
fn the_page_is_compressed_only_for_those_who_ask() {
    let server = Server::start(&Options::default());
    let path = "/docs/swagger-ui-bundle.js";
    let ask = |coding: &str| {
        let fields = match coding {
            "" => String::new(),
            coding => format!("accept-encoding: {coding}\r\n"),
        };
        let reply = exchange(&server, &request("GET", path, &fields, b""));
        assert_eq!(reply.status, 200, "{coding}");
        assert_eq!(reply.header("vary"), "accept-encoding", "{coding}");
        reply
    };
    let compressed = ask("br, gzip");
    assert_eq!(compressed.header("content-encoding"), "gzip");
    let mut unpacked = Vec::new();
    let mut decoder = GzDecoder::new(&compressed.body[..]);
    decoder.read_to_end(&mut unpacked).expect("gzip");
    for coding in ["", "identity", "br", "gzip;q=0"] {
        let plain = ask(coding);
        assert_eq!(plain.header("content-encoding"), "", "{coding}");
        assert!(plain.body == unpacked, "{coding}: other bytes");
    }
}
