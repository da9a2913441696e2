//! The log identifies a request and contains nothing private. The store contains no token and no
//! password.

use std::collections::BTreeSet;
use std::fs;

use auth_end_to_end::{Options, PASSWORD, Server, Session};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};

const ADMIN: &str = "ada@example.com";
const USER: &str = "Bob.Private@example.com";
const WRONG: &str = "not the password at all";
const NEW: &str = "an even longer, louder morning";

/// The private values of a run, none of which may be in a log.
struct Private(Vec<String>);

impl Private {
    fn add(&mut self, text: impl Into<String>) {
        let text = text.into();
        assert!(text.len() > 4, "`{text}` could be anywhere");
        self.0.push(text);
    }

    fn add_session(&mut self, session: &Session) {
        self.add(&session.access);
        // The signature is private too: header and payload can be guessed.
        self.add(session.access.rsplit('.').next().unwrap_or_default());
        self.add(&session.refresh);
        self.0.extend(session.device.clone());
    }
}

fn start(format: &str) -> Server {
    let options = Options::default().argument("--log-level").argument("trace");
    Server::start(&options.argument("--log-format").argument(format))
}

/// Makes the calls of users and administrators, and some of an attacker. Returns the private
/// values.
fn live(server: &Server) -> Private {
    let mut private = Private(Vec::new());
    for text in [
        ADMIN,
        USER,
        "bob.private",
        "eve@example.com",
        "dan@example.com",
    ] {
        private.add(text);
    }
    for text in [
        PASSWORD,
        WRONG,
        NEW,
        "query-secret",
        "agent-secret",
        "body-secret",
    ] {
        private.add(text);
    }
    let token = fs::read_to_string(server.data().join("setup-token")).unwrap();
    private.add(token.trim());
    let admin = server.set_up(ADMIN);
    let client = server.client().header("user-agent", "agent-secret/1");
    let session = client.join(USER);
    private.add_session(&session);
    client.try_login(USER, WRONG).expect(401);
    let next = client.session(&client.refresh(&session.refresh).expect(200));
    private.add_session(&next);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    next.client.put("/v1/me/password", &change).expect(204);
    administer(server, &admin, &next, &mut private);
    misuse(server, &session);
    next.client.call(Method::POST, "/v1/logout").expect(204);
    private
}

fn administer(
    server: &Server,
    admin: &auth_end_to_end::Client,
    user: &Session,
    private: &mut Private,
) {
    let made = json!({ "email": "dan@example.com", "roles": ["user"] });
    let made = admin.post("/v1/users", &made).expect(201);
    private.add(made.text("initial_password"));
    admin
        .get("/v1/users?search=bob.private&limit=1")
        .expect(200);
    let path = format!(
        "/v1/users/{}",
        user.client.get("/v1/me").expect(200).text("id")
    );
    admin.get(&path).expect(200);
    let role = format!("{path}/roles/admin");
    admin
        .put(&role, &json!({ "allow_unproved_address": true }))
        .expect(200);
    admin.delete(&role).expect(200);
    admin
        .call(Method::POST, &format!("{path}/unlock"))
        .expect(204);
    admin
        .patch(&path, &json!({ "status": "disabled" }))
        .expect(200);
    let client = server.client();
    client.try_login(USER, NEW).expect(403);
    admin.delete(&path).expect(204);
}

fn misuse(server: &Server, session: &Session) {
    let client = server.client();
    client.refresh(&session.refresh).expect(400);
    client.get("/v1/me?access_token=query-secret").expect(401);
    client
        .get("/query-secret/body-secret?query-secret")
        .expect(404);
    client.bearer(&session.refresh).get("/v1/me").expect(401);
    client
        .header("authorization", "Basic query-secret")
        .get("/v1/me")
        .expect(401);
    for body in [
        json!({ "email": "eve@example.com", "password": WRONG, "body-secret": "body-secret" }),
        json!({ "email": "body-secret", "password": "body-secret" }),
        json!("body-secret"),
    ] {
        client.post("/v1/register", &body).expect(422);
    }
    for _ in 0..6 {
        client.try_login("eve@example.com", WRONG);
    }
    client.delete("/v1/me/sessions/query-secret").expect(401);
}

#[test]
fn nothing_private_is_logged_at_any_level() {
    for format in ["text", "json"] {
        let server = start(format);
        let private = live(&server);
        let log = server.log();
        let lower = log.to_lowercase();
        for text in private.0 {
            assert!(!lower.contains(&text.to_lowercase()), "{text}\n{log}");
        }
        for part in ["POST", "/v1/users/{id}", "login-failed", "account-deleted"] {
            assert!(log.contains(part), "{part}\n{log}");
        }
    }
}

#[test]
fn a_line_of_json_is_one_flat_object() {
    let server = start("json");
    live(&server);
    let refused = server.client().get("/v1/me?secret").expect(401);
    let id = refused.header("x-request-id");
    let log = server.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let mut messages = BTreeSet::new();
    for line in &lines {
        let members = line.as_object().expect("an object");
        let nested = members
            .values()
            .any(|value| value.is_object() || value.is_array());
        assert!(!nested, "{line}");
        for name in ["timestamp", "level", "target"] {
            assert!(line[name].is_string(), "{name}: {line}");
        }
        if line["message"] == "answered" {
            check_answered(line);
        }
        messages.extend(line["message"].as_str());
    }
    assert!(messages.contains("answered"), "{messages:?}");
    let last = lines.iter().rfind(|line| line["request_id"] == id);
    let last = last.expect("a line of the request");
    assert_eq!(
        (&last["method"], &last["route"], &last["status"]),
        (&json!("GET"), &json!("/v1/me"), &json!(401))
    );
    // Audit events name the request that caused them.
    let audit = lines.iter().find(|line| line["event"] == "login-failed");
    assert!(audit.expect("an event")["request_id"].is_string());
}

fn check_answered(line: &Value) {
    for name in ["method", "route", "request_id"] {
        assert!(line[name].is_string(), "{name}: {line}");
    }
    let route = line["route"].as_str().unwrap_or_default();
    assert!(route == "-" || route.starts_with('/'), "{line}");
    assert!(line["status"].is_u64(), "{line}");
    assert!(line["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
}

/// The names of the source in the lines of one login that failed.
fn sources(setting: &str) -> BTreeSet<Option<String>> {
    let options = Options::default().argument("--log-format").argument("json");
    let options = options.argument("--log-sources").argument(setting);
    let server = Server::start(&options);
    server.client().try_login(USER, WRONG).expect(401);
    let log = server.log();
    let lines = log.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let names_request = line["request_id"].is_string();
        names_request.then(|| line["source"].as_str().map(str::to_owned))
    });
    lines.flatten().collect()
}

#[test]
fn a_source_is_named_as_the_setting_says() {
    let only = |name: Option<&str>| BTreeSet::from([name.map(str::to_owned)]);
    assert_eq!(sources("address"), only(Some("127.0.0.1")));
    assert_eq!(sources("none"), only(None));
    // Each installation has a key of its own, so nobody computes the hashes of all addresses.
    let mut hashes = BTreeSet::new();
    for _ in 0..2 {
        let named = sources("hash");
        assert_eq!(named.len(), 1, "{named:?}");
        let name = named.into_iter().flatten().next().expect("a name");
        let is_hash = name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hash && hashes.insert(name.clone()), "{name}");
    }
}

/// What proves a token: the end of a signature, of a code, or of random bytes.
fn proof(token: &str) -> Vec<u8> {
    let text = token.rsplit_once('.').map_or(&token[4..], |(_, end)| end);
    let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
    bytes[bytes.len() - 16..].to_vec()
}

#[test]
fn the_store_holds_no_token_and_no_password() {
    let server = Server::start(&Options::default());
    let token = fs::read_to_string(server.data().join("setup-token")).unwrap();
    let mut tokens = vec![token.trim().to_owned()];
    let admin = server.set_up(ADMIN);
    let made = json!({ "email": "dan@example.com", "roles": ["user"] });
    let made = admin.post("/v1/users", &made).expect(201);
    let client = server.client();
    let first = client.join(USER);
    let next = client.session(&client.refresh(&first.refresh).expect(200));
    for session in [first, next] {
        tokens.extend([session.access, session.refresh]);
        tokens.extend(session.device);
    }
    let mut secrets: Vec<_> = tokens.iter().map(|token| proof(token)).collect();
    let texts = [PASSWORD.to_owned(), made.text("initial_password")];
    let texts = texts.into_iter().chain(tokens);
    secrets.extend(texts.map(String::into_bytes));
    let store = fs::read(server.data().join("store.redb")).unwrap();
    let holds = |bytes: &[u8]| store.windows(bytes.len()).any(|part| part == bytes);
    assert!(holds(USER.to_lowercase().as_bytes()), "an address");
    for secret in secrets {
        assert!(!holds(&secret), "{}", String::from_utf8_lossy(&secret));
    }
}
