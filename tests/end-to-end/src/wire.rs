//! Sends bytes that no client library would send, and reads the raw answers.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::{Client, Server};

/// How long a read may take: longer than any timeout of the server.
const TIMEOUT: Duration = Duration::from_secs(40);

/// An answer as received.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The bytes from the status line to the last header field.
    pub head: String,
    /// The body, not decoded.
    pub body: Vec<u8>,
}

/// Opens a connection whose reads and writes time out.
///
/// # Panics
/// When the server does not accept the connection.
#[must_use]
pub fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("the server accepts");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    stream.set_write_timeout(Some(TIMEOUT)).expect("a time-out");
    stream
}

/// Sends bytes and reads the answer until the server closes the connection.
///
/// # Panics
/// When there is no answer.
#[must_use]
pub fn exchange(server: &Server, request: &[u8]) -> Reply {
    let mut stream = connect(server);
    // The server may refuse and close before it has read everything.
    let _ = stream.write_all(request);
    let received = read_to_end(stream);
    Reply::parse(&received).unwrap_or_else(|| panic!("no answer: {}", received.escape_ascii()))
}

/// Reads what the server sends until it closes the connection.
///
/// # Panics
/// When the server does not close the connection.
#[must_use]
pub fn read_to_end(mut stream: TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    if let Err(error) = stream.read_to_end(&mut received) {
        let kept_open = error.kind() == std::io::ErrorKind::WouldBlock;
        assert!(!kept_open, "the server keeps the connection open");
    }
    received
}

/// A request with `Connection: close`.
#[must_use]
pub fn request(method: &str, target: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
         content-length: {length}\r\n{fields}\r\n"
    );
    [head.as_bytes(), body].concat()
}

impl Reply {
    /// Parses the bytes of an answer; `None` when the head is incomplete.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, body) = bytes.split_at(end);
        let head = String::from_utf8(head.to_vec()).ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let body = body.get(4..)?.to_vec();
        Some(Self { status, head, body })
    }

    /// The value of a header, empty when the answer lacks it.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        values.next().map_or("", |(_, value)| value)
    }

    /// The body, parsed as JSON.
    ///
    /// # Panics
    /// When the body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let value = serde_json::from_slice(&self.body);
        value.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Checks refusals, and once for each problem that it has a page.
pub struct Problems {
    client: Client,
    explained: HashSet<String>,
}

impl Problems {
    /// Reads the pages from this server.
    #[must_use]
    pub fn of(server: &Server) -> Self {
        Self {
            client: server.client(),
            explained: HashSet::new(),
        }
    }

    /// The slug of a refusal, after a check that it is a problem document that names its request and
    /// whose type has a page.
    ///
    /// # Panics
    /// When the reply is not that document.
    #[track_caller]
    pub fn slug(&mut self, reply: &Reply) -> String {
        assert!((400..500).contains(&reply.status), "{reply:?}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
        let problem = reply.json();
        assert_eq!(problem["status"], reply.status, "{problem}");
        let id = problem["request_id"].as_str().unwrap_or_default();
        assert!(
            !id.is_empty() && id == reply.header("x-request-id"),
            "{reply:?}"
        );
        let kind = problem["type"].as_str().expect("a type");
        let (_, slug) = kind.rsplit_once('/').expect("a URI");
        if self.explained.insert(slug.to_owned()) {
            let page = self.client.get(&format!("/problems/{slug}")).expect(200);
            assert!(
                String::from_utf8_lossy(page.body()).contains(slug),
                "{slug}"
            );
        }
        slug.to_owned()
    }
}
