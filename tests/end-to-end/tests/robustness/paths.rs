//! Methods and paths that do not exist.

use std::collections::BTreeSet;

use auth_end_to_end::{Options, Server};
use serde_json::Value;

use auth_end_to_end::wire::{Problems, exchange, request};

const METHODS: [&str; 8] = [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "CONNECTED",
    "get",
];

#[test]
fn other_methods_are_told_the_known_ones() {
    let server = Server::start(&Options::default());
    let mut problems = Problems::of(&server);
    let description: Value =
        serde_json::from_str(include_str!("../../../../hosts/rest/openapi.json")).expect("JSON");
    let paths = description["paths"].as_object().expect("paths").iter();
    // A proxy may repeat the method of a request in its question, so this path takes every method.
    for (path, operations) in paths.filter(|(path, _)| *path != "/v1/forward-auth") {
        let operations = operations.as_object().expect("operations");
        let mut known: BTreeSet<_> = operations.keys().map(|name| name.to_uppercase()).collect();
        if known.contains("GET") {
            known.insert("HEAD".to_owned());
        }
        let target = path.replace(['{', '}'], "");
        for method in METHODS.iter().filter(|name| !known.contains(**name)) {
            let reply = exchange(&server, &request(method, &target, "", b""));
            assert_eq!(reply.status, 405, "{method} {target}: {reply:?}");
            assert_eq!(problems.slug(&reply), "method-not-allowed");
            let allowed: BTreeSet<_> = reply
                .header("allow")
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect();
            assert_eq!(allowed, known, "{method} {target}");
        }
    }
}

#[test]
fn other_paths_are_not_found() {
    let server = Server::start(&Options::default());
    let mut problems = Problems::of(&server);
    let long = format!("/{}", "a".repeat(60_000));
    for target in [
        "/nowhere",
        "/v1",
        "/v1/",
        "/v1/nowhere",
        "/V1/me",
        "/v1/me/",
        "//v1/me",
        "/v1//me",
        "/healthz/",
        "//evil.example.com/docs",
        "*",
        "/%00",
        "/%ff",
        "/v1/me%2f",
        &long,
        "/problems/nowhere",
        "/problems/%3Cscript%3E",
        "/problems/..%2fhealthz",
        // Paths that would lead to files of the system or of the server.
        "/docs/nowhere",
        "/docs/../Cargo.toml",
        "/docs/../../../../etc/passwd",
        "/docs//etc/passwd",
        "/docs/..%2f..%2f..%2fetc%2fpasswd",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/docs/%252e%252e%252fetc%252fpasswd",
        "/docs/..%5c..%5cetc%5cpasswd",
        "/docs/%00",
        "/docs/index.html%00.js",
        "/docs/%ff",
        "/docs/a%0d%0ax-a:%20b",
        "/docs/countersign-data",
        "/docs/index.html",
        "/assets",
        "/assets/",
        "/assets/style.css",
        "/assets/../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%00",
        "/countersign-data/setup-token",
        "/.git/config",
    ] {
        let reply = exchange(&server, &request("GET", target, "", b""));
        assert_eq!(reply.status, 404, "{target}: {reply:?}");
        assert_eq!(problems.slug(&reply), "not-found", "{target}");
        assert_eq!(reply.header("x-a"), "");
    }
}
