//! The server and a proxy in front of it agree where a request begins and ends.

use std::io::Write;

use auth_end_to_end::wire::{Reply, connect, exchange, read_to_end};
use auth_end_to_end::{Options, Server};

/// The request that an attacker tries to smuggle into another client's connection.
const HIDDEN: &str = "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[test]
fn a_request_names_one_host() {
    let server = Server::start(&Options::default());
    for (head, status) in [
        ("GET /healthz HTTP/1.1\r\n", 400),
        ("GET http://auth.test/healthz HTTP/1.1\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: a\r\nhost: a\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: a b\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: user@a\r\n", 400),
        (
            "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n",
            200,
        ),
        (
            "GET /healthz HTTP/1.1\r\nhost:\r\nconnection: close\r\n",
            200,
        ),
        ("GET /healthz HTTP/1.0\r\n", 200),
    ] {
        // After a refusal the server reads no more from the connection.
        let reply = exchange(&server, format!("{head}\r\n").as_bytes());
        assert_eq!(reply.status, status, "{head}: {reply:?}");
    }
}

/// A body with both `Content-Length` and `Transfer-Encoding`, in either order and spelling. hyper
/// goes by the chunks, as RFC 9112 §6.1 allows, and nothing after them on the connection is read.
#[test]
fn what_follows_a_body_with_two_measures_is_no_request() {
    let server = Server::start(&Options::default());
    let chunks = "4\r\nnull\r\n0\r\n\r\n";
    for fields in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 1000\r\n",
        "content-length: 1000\r\ntransfer-encoding: chunked\r\n",
        "content-length: 0\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: Chunked\r\ncontent-length: 0\r\n",
        "transfer-encoding: chunked\r\n",
    ] {
        let received = send(&server, fields, &format!("{chunks}{HIDDEN}"));
        assert_eq!(received.matches("HTTP/1.1 ").count(), 1, "{received}");
        let reply = Reply::parse(received.as_bytes()).expect("an answer");
        // The server has read the one chunk, `null`, as the whole body.
        assert_eq!(reply.status, 422, "{fields}: {reply:?}");
        assert_eq!(reply.header("connection"), "close", "{fields}");
    }
    server.client().get("/healthz").expect(200);
}

#[test]
fn measures_that_cannot_be_read_are_refused() {
    let server = Server::start(&Options::default());
    for fields in [
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, gzip\r\n",
        "transfer-encoding: identity\r\ncontent-length: 4\r\n",
        "transfer-encoding: xchunked\r\ncontent-length: 4\r\n",
        "transfer-encoding: \u{b}chunked\r\ncontent-length: 4\r\n",
        "content-length: 4\r\ncontent-length: 5\r\n",
        "content-length: 4, 4\r\n",
        "content-length: +4\r\n",
        "content-length: 0x4\r\n",
        "content-length:\r\n",
        "transfer-encoding : chunked\r\ncontent-length: 4\r\n",
        " transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    ] {
        let received = send(&server, fields, &format!("null{HIDDEN}"));
        assert!(
            received.starts_with("HTTP/1.1 400"),
            "{fields:?}: {received}"
        );
        assert_eq!(received.matches("HTTP/1.1 ").count(), 1, "{received}");
    }
    server.client().get("/healthz").expect(200);
}

fn send(server: &Server, fields: &str, rest: &str) -> String {
    let head = "POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    let mut stream = connect(server);
    let request = format!("{head}{fields}\r\n{rest}");
    stream.write_all(request.as_bytes()).expect("a request");
    String::from_utf8(read_to_end(stream)).expect("UTF-8")
}
