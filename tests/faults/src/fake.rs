//! A simulated replica set of two servers, whose primary changes on demand.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The opcode `OP_MSG`.
const OP_MSG: u32 = 2013;
/// The bytes of a message header: length, id, id of the request, opcode.
const HEADER: usize = 16;
/// The bytes before the document: flags, and the kind of the one section.
const BODY: [u8; 5] = [0; 5];
/// The error code `NotWritablePrimary`.
const NOT_PRIMARY: i32 = 10107;

/// The replica set. It stores no records: every search finds nothing.
pub struct FakeReplicaSet {
    members: [SocketAddr; 2],
    primary: Arc<AtomicUsize>,
    inserts: Arc<AtomicUsize>,
}

impl FakeReplicaSet {
    /// Starts both members, the first as the primary.
    ///
    /// # Panics
    /// When no port of loopback is free.
    pub async fn start() -> Self {
        let listeners = [bind().await, bind().await];
        let members = [0, 1].map(|index: usize| {
            let listener: &TcpListener = &listeners[index];
            listener.local_addr().expect("an address")
        });
        let (primary, inserts) = (Arc::default(), Arc::default());
        for (number, listener) in listeners.into_iter().enumerate() {
            let member = Member {
                number,
                members,
                primary: Arc::clone(&primary),
                inserts: Arc::clone(&inserts),
            };
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let member = member.clone();
                    tokio::spawn(async move { member.serve(stream).await });
                }
            });
        }
        Self {
            members,
            primary,
            inserts,
        }
    }

    /// How many insertions a primary has accepted.
    #[must_use]
    pub fn inserts(&self) -> usize {
        self.inserts.load(Ordering::SeqCst)
    }

    /// The connection string that reaches it.
    #[must_use]
    pub fn uri(&self) -> String {
        let [first, second] = self.members;
        format!("mongodb://{first},{second}/?replicaSet=fake")
    }

    /// Makes the other member the primary, without notice: the old one refuses the next write.
    pub fn elect_the_other(&self) {
        self.primary.fetch_xor(1, Ordering::SeqCst);
    }
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

#[derive(Clone)]
struct Member {
    number: usize,
    members: [SocketAddr; 2],
    primary: Arc<AtomicUsize>,
    inserts: Arc<AtomicUsize>,
}

impl Member {
    /// Answers requests until the connection ends.
    async fn serve(&self, mut stream: TcpStream) {
        while let Some((id, command)) = read(&mut stream).await {
            if write(&mut stream, id, &self.answer(&command))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    fn answer(&self, command: &Document) -> Document {
        let name = command.keys().next().map_or("", String::as_str);
        match name {
            "hello" | "isMaster" | "ismaster" => self.greeting(),
            _ if !self.is_primary() => {
                doc! { "ok": 0, "code": NOT_PRIMARY, "codeName": "NotWritablePrimary", "errmsg": "not primary" }
            }
            "insert" => {
                self.inserts.fetch_add(1, Ordering::SeqCst);
                doc! { "ok": 1, "n": 1 }
            }
            "find" => {
                doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "fake.accounts", "firstBatch": [] } }
            }
            _ => doc! { "ok": 1 },
        }
    }

    fn is_primary(&self) -> bool {
        self.primary.load(Ordering::SeqCst) == self.number
    }

    fn greeting(&self) -> Document {
        let primary = self.primary.load(Ordering::SeqCst);
        let is_primary = primary == self.number;
        let mut greeting = doc! {
            "ok": 1,
            "helloOk": true,
            "isWritablePrimary": is_primary,
            "ismaster": is_primary,
            "secondary": !is_primary,
            "setName": "fake",
            "setVersion": 1,
            "hosts": self.members.map(|member| member.to_string()).to_vec(),
            "me": self.members[self.number].to_string(),
            "primary": self.members[primary].to_string(),
            "minWireVersion": 0,
            "maxWireVersion": 21,
            "maxBsonObjectSize": 16 * 1024 * 1024,
            "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000,
        };
        if is_primary {
            // The driver takes the greater election id for the later election.
            greeting.insert("electionId", ObjectId::new());
        }
        greeting
    }
}

async fn read(stream: &mut TcpStream) -> Option<(u32, Document)> {
    let mut header = [0; HEADER];
    stream.read_exact(&mut header).await.ok()?;
    let number = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
    let length = usize::try_from(number(0)?).ok()?;
    assert_eq!(
        number(12)?,
        OP_MSG,
        "the operation of the driver's messages"
    );
    let mut message = vec![0; length - HEADER];
    stream.read_exact(&mut message).await.ok()?;
    let command = Document::from_reader(Cursor::new(&message[BODY.len()..])).ok()?;
    Some((number(4)?, command))
}

async fn write(stream: &mut TcpStream, to: u32, answer: &Document) -> Option<()> {
    let mut body = BODY.to_vec();
    answer.to_writer(&mut body).ok()?;
    let length = u32::try_from(HEADER + body.len()).ok()?;
    let mut message: Vec<u8> = [length, 0, to, OP_MSG].map(u32::to_le_bytes).concat();
    message.append(&mut body);
    stream.write_all(&message).await.ok()
}
