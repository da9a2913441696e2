//! The description of the surface, and the files of the page that shows it.

use std::io::Read;

use auth_end_to_end::wire::{exchange, request};
use auth_end_to_end::{Options, Server};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::pages::text;

#[test]
fn the_initializer_of_swagger_ui_names_no_other_host() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let redirect = client.get("/docs").expect(308);
    assert_eq!(redirect.header("location"), "docs/");
    let initializer = text(&client.get("/docs/swagger-initializer.js").expect(200));
    assert!(initializer.contains("\"../openapi.json\""), "{initializer}");
    assert!(!initializer.contains("://"), "{initializer}");
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

#[test]
fn a_service_that_does_not_describe_itself_has_none_of_these_pages() {
    let options = Options::default().argument("--description");
    let server = Server::start(&options.argument("off"));
    for path in [
        "/docs",
        "/docs/",
        "/docs/swagger-ui.css",
        "/docs/token/",
        "/docs/token/page.js",
        "/docs/component/sha256.js",
        "/docs/component/countersign.core.wasm",
        "/openapi.json",
        "/openapi-3.0.json",
    ] {
        server.client().get(path).expect_problem(404, "not-found");
    }
}

#[test]
fn a_file_is_compressed_only_for_a_client_that_asks() {
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
