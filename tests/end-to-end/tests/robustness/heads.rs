//! Malformed request heads.

use auth_end_to_end::{Options, Server};

use auth_end_to_end::wire::{Problems, Reply, connect, exchange, read_to_end, request};
use std::io::Write;

/// A server that believes the ids that this machine gives to requests.
fn behind_a_proxy() -> Options {
    let options = Options::default().argument("--trusted-proxies");
    let options = options.argument("127.0.0.1");
    options.argument("--environment").argument("development")
}

fn with(fields: &str) -> Vec<u8> {
    request("GET", "/v1/me", fields, b"")
}

#[test]
fn refuses_what_is_no_request() {
    let server = Server::start(&Options::default());
    let mut problems = Problems::of(&server);
    let token = format!("authorization: Bearer {}\r\n", "a".repeat(1_000_000));
    let many: String = (0..200).map(|n| format!("x-{n}: a\r\n")).collect();
    let target = format!("/{}", "a".repeat(1_000_000));
    let plain = "GET /healthz HTTP/1.1\r\nhost: a\r\n";
    for (bytes, statuses) in [
        (with(&token), &[431][..]),
        (with(&many), &[431]),
        (request("GET", &target, "", b""), &[414, 431]),
        (with("x-a: b\0c\r\n"), &[400]),
        (with("authorization: Bearer a\x01b\r\n"), &[400]),
        (with("x-a: b\x7fc\r\n"), &[400]),
        (with("x a: b\r\n"), &[400]),
        (with("x-a : b\r\n"), &[400]),
        (with("no colon\r\n"), &[400]),
        (with("content-length: 1\r\n"), &[400]),
        (format!("{plain}content-length: -1\r\n\r\n").into(), &[400]),
        (
            format!("{plain}content-length: 99999999999999999999\r\n\r\n").into(),
            &[400],
        ),
        (b"GET /healthz HTTP/9.9\r\n\r\n".to_vec(), &[400, 505]),
        (b"GET\r\n\r\n".to_vec(), &[400]),
        (b"G\0T / HTTP/1.1\r\n\r\n".to_vec(), &[400]),
        (
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03aaaaaaaaaaaaaaa\r\n\r\n".to_vec(),
            &[400],
        ),
    ] {
        let reply = exchange(&server, &bytes);
        let shown = bytes.get(..200).unwrap_or(&bytes).escape_ascii();
        assert!(statuses.contains(&reply.status), "{shown}: {reply:?}");
        problems.slug(&reply);
        assert_eq!(reply.header("connection"), "close", "{shown}");
    }
    let numbers = server.metrics();
    for status in ["400", "431"] {
        let counted = format!(r#"countersign_requests_total{{route="-",status="{status}"}}"#);
        assert!(numbers.contains(&counted), "{counted}: {numbers}");
    }
    let log = server.log();
    assert!(log.contains("status=431"), "{log}");
    server.client().get("/healthz").expect(200);
}

#[test]
fn refuses_tokens_that_are_none() {
    let server = Server::start(&Options::default());
    let mut problems = Problems::of(&server);
    let large = "a".repeat(60_000);
    let dotted = format!("{large}.a.a");
    for (token, slug) in [
        (&b""[..], "invalid-token"),
        (b"\xff\xfe", "invalid-token"),
        (b"a b", "invalid-token"),
        (b"a.b.c", "invalid-token"),
        (b"..", "invalid-token"),
        (b"e30.e30.", "invalid-token"),
        (large.as_bytes(), "invalid-token"),
        (dotted.as_bytes(), "invalid-token"),
    ] {
        let head = b"GET /v1/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer ";
        let reply = exchange(&server, &[&head[..], token, b"\r\n\r\n"].concat());
        assert_eq!(reply.status, 401, "{reply:?}");
        assert_eq!(problems.slug(&reply), slug);
        assert_eq!(
            reply.header("www-authenticate"),
            "Bearer error=\"invalid_token\""
        );
    }
}

#[test]
fn answers_pipelined_requests_in_order() {
    let server = Server::start(&behind_a_proxy());
    let mut stream = connect(&server);
    let mut requests = String::new();
    for n in 0..50 {
        let path = if n % 2 == 0 { "/healthz" } else { "/v1/me" };
        requests += &format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-request-id: n{n}\r\n\r\n");
    }
    let last = "GET /nowhere HTTP/1.1\r\nhost: a\r\nx-request-id: n50\r\nconnection: close\r\n\r\n";
    requests += last;
    stream.write_all(requests.as_bytes()).expect("requests");
    let received = String::from_utf8(read_to_end(stream)).expect("UTF-8");
    let answers: Vec<_> = received.split("HTTP/1.1 ").skip(1).collect();
    assert_eq!(answers.len(), 51);
    for (n, answer) in answers.iter().enumerate() {
        let reply = Reply::parse(format!("HTTP/1.1 {answer}").as_bytes()).expect("an answer");
        let status = match n {
            50 => 404,
            n if n % 2 == 0 => 200,
            _ => 401,
        };
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(reply.header("x-request-id"), format!("n{n}"));
    }
}

/// A body whose length a proxy could read differently is refused or ends the connection, so that
/// what follows it is never read as a second request.
#[test]
fn a_refused_body_is_not_read_as_the_next_request() {
    let server = Server::start(&Options::default());
    let hidden = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let head = format!(
        "POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        hidden.len()
    );
    let mut stream = connect(&server);
    let end = "GET /nowhere HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream
        .write_all(format!("{head}{hidden}{end}").as_bytes())
        .expect("requests");
    let received = String::from_utf8(read_to_end(stream)).expect("UTF-8");
    assert!(received.starts_with("HTTP/1.1 415"), "{received}");
    assert!(!received.contains("HTTP/1.1 200"), "{received}");
}
