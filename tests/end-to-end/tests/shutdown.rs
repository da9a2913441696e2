//! On SIGTERM the server finishes the requests it has begun and takes no new ones.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use auth_end_to_end::wire::{Reply, connect, read_to_end};
use auth_end_to_end::{Options, PASSWORD, Server, wait_until};
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

/// The longest shutdown that the documentation promises.
const LONGEST_SHUTDOWN: Duration = Duration::from_secs(10);
const REQUESTS: usize = 8;

fn options(data: &TempDir) -> Options {
    Options::default().data(data.path())
}

/// A registration of which the server has read the head and waits for the body.
struct Open {
    stream: TcpStream,
    email: String,
    body: String,
}

impl Open {
    fn begin(server: &Server, number: usize) -> Self {
        let email = format!("user{number}@example.com");
        let body = json!({ "email": email, "password": PASSWORD }).to_string();
        let mut stream = connect(server);
        let head = format!(
            "POST /v1/register HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nexpect: 100-continue\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("a head");
        // `100 Continue` is sent when the handler reads the body, so the request has begun.
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).expect("an interim answer");
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        Self {
            stream,
            email,
            body,
        }
    }

    fn end(mut self) -> (String, Reply) {
        self.stream.write_all(self.body.as_bytes()).expect("a body");
        let received = read_to_end(self.stream);
        let reply = Reply::parse(&received);
        let reply = reply.unwrap_or_else(|| panic!("cut: {}", received.escape_ascii()));
        (self.email, reply)
    }
}

#[test]
fn open_requests_are_answered_and_their_writes_are_kept() {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(&options(&data));
    let idle = idle(&server);
    let open: Vec<_> = (0..REQUESTS)
        .map(|number| Open::begin(&server, number))
        .collect();

    server.signal(Signal::TERM);
    let begin = Instant::now();
    wait_until("the server to stop listening", || {
        TcpStream::connect(server.address()).is_err().then_some(())
    });
    assert_eq!(read_to_end(idle), b"", "an idle connection just ends");
    let mut kept = Vec::new();
    for request in open {
        let (email, reply) = request.end();
        assert_eq!(reply.status, 202, "{reply:?}");
        let length: usize = reply.header("content-length").parse().expect("a length");
        assert_eq!(reply.body.len(), length, "{reply:?}");
        kept.push(email);
    }
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    let took = begin.elapsed();
    assert!(took < LONGEST_SHUTDOWN, "{took:?}");
    assert!(server.log().contains("stopped"), "{}", server.log());

    let server = Server::start(&options(&data));
    for email in kept {
        server.client().login(&email);
    }
}

/// Opens a connection, makes one request and keeps the connection open.
fn idle(server: &Server) -> TcpStream {
    let mut stream = connect(server);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("a request");
    let mut received = Vec::new();
    while !received.ends_with(b"}}") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        received.push(byte[0]);
    }
    stream
}

#[test]
fn idle_connections_do_not_hold_a_server_that_stops() {
    let server = Server::start(&Options::default());
    let idle: Vec<_> = (0..50).map(|_| idle(&server)).collect();
    let silent: Vec<_> = (0..50).map(|_| connect(&server)).collect();
    let begin = Instant::now();
    assert_eq!(server.stop().code(), Some(0));
    let took = begin.elapsed();
    assert!(took < LONGEST_SHUTDOWN / 2, "{took:?}");
    drop((idle, silent));
}

/// A client that never finishes its request is cut off, and no other client notices.
#[test]
fn a_request_that_does_not_end_is_cut_in_time() {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(&options(&data));
    let (stuck, good) = (Open::begin(&server, 0), Open::begin(&server, 1));
    server.signal(Signal::TERM);
    let begin = Instant::now();
    let (email, reply) = good.end();
    assert_eq!(reply.status, 202, "{reply:?}");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    let took = begin.elapsed();
    assert!(took < LONGEST_SHUTDOWN + Duration::from_secs(5), "{took:?}");
    drop(stuck);
    Server::start(&options(&data)).client().login(&email);
}

#[test]
fn a_balancer_has_time_to_turn_away() {
    let arguments = ["--drain-seconds", "300"];
    let mut server = Server::start(
        &arguments
            .into_iter()
            .fold(Options::default(), Options::argument),
    );
    let client = server.client();
    client.get("/readyz").expect(200);
    server.signal(Signal::TERM);
    wait_until("the server not to be ready", || {
        (client.get("/readyz").status() == 503).then_some(())
    });
    // Clients are served, new ones too.
    client.get("/healthz").expect(200);
    server.client().register("ada@example.com").expect(202);
    // A second signal is for an operator who does not want to wait.
    server.signal(Signal::INT);
    assert!(server.wait().success());
}
