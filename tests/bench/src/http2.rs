//! As much of HTTP/2 (RFC 9113) as an attacker needs: requests on one connection, and the count of
//! their answers.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Result, bail};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// A connection on which requests wait for their answers side by side.
pub struct Http2 {
    stream: TcpStream,
    next_id: u32,
    unanswered: usize,
}

impl Http2 {
    /// Connects to `host:port` by prior knowledge (§3.3).
    pub fn open(address: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")?;
        let mut connection = Self {
            stream,
            next_id: 1,
            unanswered: 0,
        };
        connection.write(SETTINGS, 0, 0, &[])?;
        // The answers are small, but there are many.
        connection.write(WINDOW_UPDATE, 0, 0, &0x7fff_0000_u32.to_be_bytes())?;
        Ok(connection)
    }

    /// The number of requests that were not answered yet.
    pub fn unanswered(&self) -> usize {
        self.unanswered
    }

    /// Sends a `POST` request of JSON that the proxy on this machine forwards for `source`.
    pub fn post(&mut self, path: &str, source: &str, body: &[u8]) -> Result<()> {
        let length = body.len().to_string();
        let mut head = Vec::new();
        for (name, value) in [
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", "bench"),
            (":path", path),
            ("content-type", "application/json"),
            ("content-length", &length),
            ("x-forwarded-for", source),
        ] {
            literal(&mut head, name, value)?;
        }
        let id = self.next_id;
        self.next_id += 2;
        self.write(HEADERS, END_HEADERS, id, &head)?;
        self.write(DATA, END_STREAM, id, body)?;
        self.unanswered += 1;
        Ok(())
    }

    /// Reads one frame, and answers it where the standard asks for that.
    pub fn read_frame(&mut self) -> Result<()> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head)?;
        let [a, b, c, kind, flags, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload)?;
        let is_last = matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0;
        match kind {
            _ if is_last || kind == RESET => {
                self.unanswered = self.unanswered.saturating_sub(1);
                Ok(())
            }
            SETTINGS if flags & ACK == 0 => self.write(SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => self.write(PING, ACK, 0, &payload),
            GO_AWAY => bail!("the server ends the connection"),
            _ => Ok(()),
        }
    }

    fn write(&mut self, kind: u8, flags: u8, id: u32, payload: &[u8]) -> Result<()> {
        let [_, a, b, c] = u32::try_from(payload.len())?.to_be_bytes();
        let mut frame = vec![a, b, c, kind, flags];
        frame.extend(id.to_be_bytes());
        frame.extend(payload);
        Ok(self.stream.write_all(&frame)?)
    }
}

/// A header as HPACK's literal without indexing (RFC 7541 §6.2.2), whose texts are short.
fn literal(into: &mut Vec<u8>, name: &str, value: &str) -> Result<()> {
    into.push(0);
    for text in [name, value] {
        let length = u8::try_from(text.len())?;
        anyhow::ensure!(length < 127, "a text of {length} bytes");
        into.push(length);
        into.extend(text.as_bytes());
    }
    Ok(())
}
