//! Slow senders are cut off and hold up no other client.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use auth_end_to_end::{Options, Server};

use auth_end_to_end::wire::{Problems, Reply, connect, read_to_end};

/// Extra time for a busy machine.
const SLACK: Duration = Duration::from_secs(10);
/// The timeouts of the server, which no setting lowers.
const HEAD: Duration = Duration::from_secs(10);
const BODY: Duration = Duration::from_secs(15);

struct Sender {
    /// Bytes that are sent at once.
    start: &'static str,
    /// Bytes that are then sent again and again, slowly.
    drip: &'static str,
    patience: Duration,
    /// The status of the answer; `None` when the server only closes the connection.
    status: Option<u16>,
}

const SENDERS: [Sender; 7] = [
    Sender {
        start: "",
        drip: "",
        patience: HEAD,
        status: None,
    },
    Sender {
        start: "GET /healthz HT",
        drip: "",
        patience: HEAD,
        status: None,
    },
    Sender {
        start: "GET /healthz HTTP/1.1\r\nhost: a\r\nx-drip: ",
        drip: "a",
        patience: HEAD,
        status: None,
    },
    Sender {
        start: "GET /healthz HTTP/1.1\r\nhost: a\r\n",
        drip: "x-drip: a\r\n",
        patience: HEAD,
        status: None,
    },
    Sender {
        start: "POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                content-length: 1000\r\n\r\n",
        drip: "",
        patience: BODY,
        status: Some(408),
    },
    Sender {
        start: "POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                content-length: 1000\r\n\r\n{\"email\":\"",
        drip: "a",
        patience: BODY,
        status: Some(408),
    },
    Sender {
        start: "POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n",
        drip: "1\r\n \r\n",
        patience: BODY,
        status: Some(408),
    },
];

#[test]
fn slow_senders_are_cut_off() {
    let server = Server::start(&Options::default());
    thread::scope(|scope| {
        for sender in &SENDERS {
            scope.spawn(|| sender.attack(&server));
        }
        // Other clients are served during that time.
        server.client().get("/healthz").expect(200);
    });
    server.client().get("/healthz").expect(200);
}

impl Sender {
    fn attack(&self, server: &Server) {
        let mut stream = connect(server);
        let begin = Instant::now();
        stream.write_all(self.start.as_bytes()).expect("a start");
        let mut dripping = stream.try_clone().expect("a second handle");
        let received = thread::scope(|scope| {
            scope.spawn(move || self.drip(&mut dripping));
            read_to_end(stream)
        });
        let took = begin.elapsed();
        let expected = self.patience - Duration::from_secs(1)..self.patience + SLACK;
        assert!(expected.contains(&took), "{:?}: {took:?}", self.start);
        let reply = Reply::parse(&received);
        assert_eq!(
            reply.as_ref().map(|reply| reply.status),
            self.status,
            "{:?}",
            self.start
        );
        if let Some(reply) = reply {
            assert_eq!(Problems::of(server).slug(&reply), "request-timeout");
        }
    }

    /// Waits until the server has closed the connection.
    fn drip(&self, stream: &mut TcpStream) {
        let end = Instant::now() + self.patience + SLACK;
        while !self.drip.is_empty() && Instant::now() < end {
            if stream.write_all(self.drip.as_bytes()).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(250));
        }
    }
}
