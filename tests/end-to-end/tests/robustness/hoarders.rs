//! Clients that hold connections, or bodies but for a byte, keep no other client out.

use std::io::{Read, Write};
use std::net::TcpStream;

use auth_end_to_end::wire::{self, Reply, connect};
use auth_end_to_end::{Options, Server};

/// A server for which this machine is a proxy, so that a test can speak for many clients.
fn behind_a_proxy() -> Server {
    let arguments = [
        "--trusted-proxies",
        "127.0.0.1",
        "--environment",
        "development",
    ];
    Server::start(
        &arguments
            .into_iter()
            .fold(Options::default(), Options::argument),
    )
}

/// Begins a login of this client, and sends so much of a body of 60 KB.
fn begin(server: &Server, client: &str, sent: usize) -> TcpStream {
    let mut stream = connect(server);
    let head = format!(
        "POST /v1/login HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-forwarded-for: {client}\r\n\
         content-type: application/json\r\ncontent-length: 60000\r\n\r\n"
    );
    // The server may have refused the body before all of it is sent.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&vec![b' '; sent]);
    stream
}

/// A connection with a request whose body does not come. It is not idle: the server says `100 Continue`
/// when the handler begins to read.
fn occupy(server: &Server) -> TcpStream {
    let mut stream = connect(server);
    let head = b"POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
        content-length: 9\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head).expect("a head");
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("an interim answer");
    stream
}

fn status(stream: &mut TcpStream) -> u16 {
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received);
    Reply::parse(&received).expect("an answer").status
}

#[test]
fn bodies_withheld_by_a_byte_are_bounded_by_source() {
    let server = behind_a_proxy();
    let session = server.client().join("ada@example.com");
    // 25 bodies of 60 KB are more than the budget of a source, so one at least is refused at once.
    let mut withheld: Vec<_> = (0..25)
        .map(|_| begin(&server, "198.51.100.1", 59_999))
        .collect();
    let refused = withheld.iter().position(|stream| {
        let limit = std::time::Duration::from_millis(200);
        stream.set_read_timeout(Some(limit)).expect("a time-out");
        stream.peek(&mut [0]).is_ok_and(|read| read > 0)
    });
    let mut refused = withheld.swap_remove(refused.expect("a refusal"));
    assert_eq!(status(&mut refused), 503);
    // Another client is served, and so is the same one once it lets go.
    session.client.get("/v1/me").expect(200);
    let mut other = begin(&server, "203.0.113.9", 60_000);
    assert_eq!(status(&mut other), 400);
    drop(withheld);
    auth_end_to_end::wait_until("the bodies to be forgotten", || {
        let mut again = begin(&server, "198.51.100.1", 60_000);
        (status(&mut again) == 400).then_some(())
    });
}

#[test]
fn a_source_has_its_share_of_the_connections() {
    let options = ["--connections-per-source", "16"];
    let server = Server::start(
        &options
            .into_iter()
            .fold(Options::default(), Options::argument),
    );
    let busy: Vec<_> = (0..16).map(|_| occupy(&server)).collect();
    let mut refused = connect(&server);
    let _ = refused.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(wire::read_to_end(refused), b"", "it is closed");
    drop(busy);
    auth_end_to_end::wait_until("places to be free", || {
        let answer = server
            .client()
            .try_send(http::Method::GET, "/healthz", None);
        answer
            .is_ok_and(|answer| answer.status() == 200)
            .then_some(())
    });
    assert!(
        server
            .metrics()
            .contains(r#"countersign_connections_closed_total{reason="full"}"#)
    );
}
