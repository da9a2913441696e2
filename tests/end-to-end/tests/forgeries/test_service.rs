//! A server whose signing key the test knows, and the checks that it accepts or refuses a token.

use std::time::{Duration, Instant};

use auth_end_to_end::wire::{Problems, Reply, exchange};
use auth_end_to_end::{Client, Options, Server, Session};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::key::Key;

/// The longest time for a refusal: far more than a good token takes, far less than quadratic work on
/// a large one.
const SOON: Duration = Duration::from_secs(2);

const QUESTION: &str = r#"{"permission":"orders:read"}"#;

/// A token that must be refused, with a name for messages.
pub type Forgery = (String, Vec<u8>);

/// A server, its key, and a session that it issued tokens for.
pub struct TestService {
    pub server: Server,
    pub key: Key,
    pub algorithm: &'static str,
    pub session: Session,
    /// The header and the claims of the issued token.
    pub header: Map<String, Value>,
    pub payload: Map<String, Value>,
}

impl TestService {
    pub fn open(algorithm: &'static str) -> Self {
        Self::open_with(algorithm, &Options::default())
    }

    pub fn open_with(algorithm: &'static str, options: &Options) -> Self {
        let key = Key::generate(algorithm);
        let server = Server::start_by(options, |command| {
            command.env("JWT_SECRET_KEY", key.private_pem());
        });
        let session = server.client().join("bob@example.com");
        let [header, payload, _] = parts(&session.access);
        let object = |part| serde_json::from_slice(&decode(part)).expect("an object");
        Self {
            header: object(header),
            payload: object(payload),
            server,
            key,
            algorithm,
            session,
        }
    }

    /// Signs a token of this header and payload with the server's own key.
    pub fn signed(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let input = format!("{}.{}", encode(header), encode(payload));
        let signature = self.key.sign(input.as_bytes());
        format!("{input}.{}", encode(signature))
    }

    /// Signs the issued token with one header member replaced, added or removed.
    pub fn with_header(&self, name: &str, value: Option<&str>) -> String {
        self.signed(json_with(&self.header, name, value), json(&self.payload))
    }

    /// Signs the issued token with one claim replaced, added or removed.
    pub fn with_claim(&self, name: &str, value: Option<&str>) -> String {
        self.signed(json(&self.header), json_with(&self.payload, name, value))
    }

    /// Checks that the server accepts this token like the one it issued.
    #[track_caller]
    pub fn accept(&self, name: &str, token: &str) {
        for reply in self.ask(token.as_bytes()) {
            assert_eq!(reply.status, 200, "{name}: {reply:?}");
        }
    }

    /// Checks that the server refuses each token as invalid, quickly, and works afterwards.
    #[track_caller]
    pub fn refuse(&self, forgeries: Vec<Forgery>) {
        let mut problems = Problems::of(&self.server);
        for (name, token) in forgeries {
            let begin = Instant::now();
            for reply in self.ask(&token) {
                let name = format!("{} {name}", self.algorithm);
                assert_eq!(reply.status, 401, "{name}: {reply:?}");
                assert_eq!(problems.slug(&reply), "invalid-token", "{name}");
                let challenge = reply.header("www-authenticate");
                assert_eq!(challenge, "Bearer error=\"invalid_token\"", "{name}");
            }
            let took = begin.elapsed();
            assert!(took < SOON, "{name} took {took:?}");
        }
        self.is_well();
    }

    /// Checks that the issued token still works and that the log has no error.
    #[track_caller]
    pub fn is_well(&self) {
        self.accept("the issued token", &self.session.access);
        self.server.client().get("/readyz").expect(200);
        let log = self.server.log();
        assert!(!log.contains("ERROR") && !log.contains("panic"), "{log}");
    }

    /// A client without a token.
    pub fn client(&self) -> Client {
        self.server.client()
    }

    /// The answers of a call that reads a store and of one that does not.
    pub fn ask(&self, token: &[u8]) -> [Reply; 2] {
        let length = QUESTION.len();
        [
            "GET /v1/me HTTP/1.1\r\n".to_owned(),
            format!(
                "POST /v1/authorize HTTP/1.1\r\ncontent-type: application/json\r\n\
                 content-length: {length}\r\n"
            ),
        ]
        .map(|start| {
            let body = if start.starts_with("POST") {
                QUESTION
            } else {
                ""
            };
            let fields = "host: test\r\nconnection: close\r\nauthorization: Bearer ";
            let head = format!("{start}{fields}");
            let request = [head.as_bytes(), token, b"\r\n\r\n", body.as_bytes()].concat();
            exchange(&self.server, &request)
        })
    }
}

/// Pairs a token with its name.
pub fn forgery(name: impl Into<String>, token: impl Into<Vec<u8>>) -> Forgery {
    (name.into(), token.into())
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("base64url")
}

/// The header, payload and signature of a token.
pub fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<_> = token.split('.').collect();
    parts.try_into().expect("three parts")
}

pub fn json(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).expect("JSON")
}

/// The object with one member removed, or set to this text, which need not be JSON.
pub fn json_with(object: &Map<String, Value>, name: &str, value: Option<&str>) -> String {
    let kept = object.iter().filter(|(known, _)| *known != name);
    let mut members: Vec<_> = kept
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    members.extend(value.map(|value| format!("\"{name}\":{value}")));
    format!("{{{}}}", members.join(","))
}
