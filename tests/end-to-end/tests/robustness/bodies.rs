//! Sends the same bad bodies to every call that takes a body.

use std::io::Write;

use auth_end_to_end::{Options, Server};
use serde_json::{Map, Value, json};

use auth_end_to_end::wire::{Problems, Reply, connect, exchange, read_to_end, request};

const JSON: &str = "content-type: application/json\r\n";
/// The longest body that the server reads.
const LIMIT: usize = 64 << 10;
const UNKNOWN_ID: &str = "01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01";

/// A `POST`, `PUT` or `PATCH` of `openapi.json`.
struct Call {
    method: String,
    target: String,
    /// The members of its body, each with a value of the right type; `None` when it takes no body.
    body: Option<Map<String, Value>>,
}

fn description() -> Value {
    serde_json::from_str(include_str!("../../../../hosts/rest/openapi.json")).expect("JSON")
}

fn calls() -> Vec<Call> {
    let description = description();
    let mut calls = Vec::new();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            if ["post", "put", "patch"].contains(&method.as_str()) {
                calls.push(Call {
                    method: method.to_uppercase(),
                    target: path.replace("{id}", UNKNOWN_ID).replace("{role}", "user"),
                    body: members(&description, &operation["requestBody"]),
                });
            }
        }
    }
    calls
}

fn members(description: &Value, body: &Value) -> Option<Map<String, Value>> {
    let schema = &body["content"]["application/json"]["schema"];
    let name = schema["$ref"]
        .as_str()
        .or_else(|| schema["oneOf"][0]["$ref"].as_str())?;
    let schema = description.pointer(name.trim_start_matches('#'))?;
    let right = |(name, schema): (&String, &Value)| {
        let kind = schema["type"][0].as_str().or(schema["type"].as_str());
        let value = match (name.as_str(), kind) {
            (_, Some("array")) => json!([]),
            (_, Some("boolean")) => json!(false),
            ("status", _) => json!("active"),
            _ => json!("x"),
        };
        (name.clone(), value)
    };
    Some(
        schema["properties"]
            .as_object()?
            .iter()
            .map(right)
            .collect(),
    )
}

struct Attack {
    server: Server,
    bearer: String,
}

impl Attack {
    fn start() -> Self {
        let server = Server::start(&Options::default());
        let token = std::fs::read_to_string(server.data().join("setup-token")).expect("a token");
        let client = server.client();
        client.set_up(token.trim(), "ada@example.com").expect(201);
        let access = client.login("ada@example.com").access;
        let bearer = format!("authorization: Bearer {access}\r\n");
        Self { server, bearer }
    }

    fn send(&self, call: &Call, fields: &str, body: &[u8]) -> Reply {
        let fields = format!("{}{fields}", self.bearer);
        exchange(
            &self.server,
            &request(&call.method, &call.target, &fields, body),
        )
    }
}

/// Bodies that are not JSON and must be answered 400.
fn not_json() -> Vec<Vec<u8>> {
    let deep = "[".repeat(LIMIT / 2);
    let deep_objects = r#"{"a":"#.repeat(LIMIT / 6);
    let balanced = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    [
        &b""[..],
        b" ",
        b"{",
        b"{\"email\":",
        b"{\"email\":\"a\"",
        b"{\"email\":\"a\",}",
        b"{'email':'a'}",
        b"{} {}",
        b"{}x",
        b"\0",
        b"{\"email\":\"a\0b\"}",
        b"{\"email\":\"a\nb\"}",
        b"{\"email\":\"\xff\"}",
        b"{\"email\":\"\xc0\x80\"}",
        b"{\"email\":\"\xed\xa0\x80\"}",
        b"{\"email\":\"\\ud800\"}",
        b"{\"email\":\"\\x\"}",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
        b"{\"email\":1e999}",
        b"{\"email\":01}",
        b"{\"email\":NaN}",
        b"email=a&password=b",
        deep.as_bytes(),
        deep_objects.as_bytes(),
        balanced.as_bytes(),
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}

/// JSON that does not fit the call and must be answered 422, with the pointer to the violation.
fn broken(members: &Map<String, Value>) -> Vec<(String, String)> {
    let mut bodies: Vec<_> = ["[]", "\"a\"", "1", "true", "1.5e300"]
        .map(|body| (body.to_owned(), String::new()))
        .into();
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    bodies.push((deep, String::new()));
    let text = Value::Object(members.clone()).to_string();
    let first = members.keys().next().expect("a member");
    bodies.push((text.replacen('{', r#"{"x/~y":1,"#, 1), "/x~1~0y".to_owned()));
    bodies.push((
        text.replacen('{', r#"{"__proto__":{},"#, 1),
        "/__proto__".to_owned(),
    ));
    let double = format!("{{\"{first}\":{},", members[first]);
    bodies.push((text.replacen('{', &double, 1), format!("/{first}")));
    for name in members.keys() {
        let right = members[name].is_boolean().then_some(Value::Bool(true));
        let wrong = [json!(1), json!(true), json!({ "$gt": "" })];
        for wrong in wrong.into_iter().filter(|it| Some(it) != right.as_ref()) {
            let mut members = members.clone();
            members.insert(name.clone(), wrong);
            bodies.push((Value::Object(members).to_string(), format!("/{name}")));
        }
    }
    bodies
}

#[test]
fn every_call_refuses_bad_bodies_with_a_problem() {
    let attack = Attack::start();
    let mut problems = Problems::of(&attack.server);
    let mut count = 0;
    for call in calls() {
        let Some(members) = &call.body else { continue };
        let name = format!("{} {}", call.method, call.target);
        let mut refused = |fields: &str, body: &[u8], status: u16, slug: &str| {
            count += 1;
            let reply = attack.send(&call, fields, body);
            let shown = body.get(..200).unwrap_or(body).escape_ascii();
            assert_eq!(reply.status, status, "{name} {shown}: {reply:?}");
            assert_eq!(problems.slug(&reply), slug, "{name} {shown}");
            reply.json()
        };
        // The body of a logout and of a grant may be empty with any content type.
        let may_be_empty = call.target.ends_with("/logout") || call.target.contains("/roles/");
        for body in not_json() {
            if may_be_empty && body.is_empty() {
                continue;
            }
            refused(JSON, &body, 400, "invalid-json");
        }
        for (body, pointer) in broken(members) {
            let problem = refused(JSON, body.as_bytes(), 422, "invalid-request");
            assert_eq!(
                problem["errors"][0]["pointer"], pointer,
                "{name} {body}: {problem}"
            );
        }
        let long = format!("{{\"a\":\"{}\"}}", "a".repeat(LIMIT));
        refused(JSON, long.as_bytes(), 413, "content-too-large");
        for kind in [
            "",
            "content-type: text/plain\r\n",
            "content-type: application/x-www-form-urlencoded\r\n",
            "content-type: application/jsonp\r\n",
            "content-type: \r\n",
            "content-type: application/json\r\ncontent-type: text/plain\r\n",
            "content-type: application/json\r\ncontent-encoding: gzip\r\n",
        ] {
            refused(kind, b"{}", 415, "unsupported-media-type");
        }
    }
    assert!(count > 200, "only {count} bodies were tried");
}

/// Values of the right type that are otherwise wrong. A call may accept some of them, but none may
/// lead to a 5xx.
#[test]
fn no_call_fails_over_hostile_values() {
    let attack = Attack::start();
    let mut problems = Problems::of(&attack.server);
    let long = "a".repeat(LIMIT / 2);
    let hostile = [
        "",
        " ",
        "\0",
        "a\0b@example.com",
        "\u{1}\u{7f}\u{85}",
        "a\r\nb: c",
        "\u{202e}\u{feff}",
        "\u{10ffff}",
        "../../../etc/passwd",
        "$2b$12$",
        "%00%0a",
        "{{7*7}}",
        "' OR 1=1 --",
        &long,
    ];
    for call in calls() {
        let members = call.body.clone().unwrap_or_default();
        for name in members.keys() {
            for value in hostile {
                let mut members = members.clone();
                members.insert(name.clone(), json!(value));
                let body = Value::Object(members).to_string();
                let reply = attack.send(&call, JSON, body.as_bytes());
                if !(200..300).contains(&reply.status) {
                    problems.slug(&reply);
                }
            }
        }
        if call.body.is_none() {
            let reply = attack.send(&call, JSON, b"{\"a\":");
            assert!(reply.status < 500, "{}: {reply:?}", call.target);
        }
    }
    attack.server.client().get("/healthz").expect(200);
}

#[test]
fn addresses_and_passwords_with_control_characters_are_refused_by_place() {
    let server = Server::start(&Options::default());
    let good = ("ada@example.com", "seven green bottles");
    for (email, password, pointer, code) in [
        ("a\0b@example.com", good.1, "/email", "forbidden-character"),
        ("a@exam\nple.com", good.1, "/email", "forbidden-character"),
        (
            "a\u{7f}@example.com",
            good.1,
            "/email",
            "forbidden-character",
        ),
        (
            "a\u{85}@example.com",
            good.1,
            "/email",
            "forbidden-character",
        ),
        (
            good.0,
            "seven green\0bottles",
            "/password",
            "forbidden-character",
        ),
        (
            good.0,
            "seven\u{1b}[2Jgreen bottles",
            "/password",
            "forbidden-character",
        ),
        (
            good.0,
            "seven\r\ngreen bottles",
            "/password",
            "forbidden-character",
        ),
    ] {
        let body = json!({ "email": email, "password": password });
        let answer = server.client().post("/v1/register", &body);
        let problem = answer.expect_problem(422, "invalid-request").json();
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{body}: {problem}"
        );
        assert_eq!(problem["errors"][0]["code"], code, "{body}: {problem}");
    }
}

#[test]
fn a_body_that_announces_itself_as_huge_is_not_waited_for() {
    let server = Server::start(&Options::default());
    let mut problems = Problems::of(&server);
    for expect in ["", "expect: 100-continue\r\n"] {
        let head = format!(
            "POST /v1/register HTTP/1.1\r\nhost: a\r\n{JSON}{expect}content-length: 10000000\r\n\r\n"
        );
        // The body is never sent, so an answer shows that the server did not wait for it.
        let reply = exchange(&server, head.as_bytes());
        assert_eq!(problems.slug(&reply), "content-too-large", "{expect}");
    }
}

#[test]
fn a_body_without_end_is_cut() {
    let server = Server::start(&Options::default());
    let mut stream = connect(&server);
    let head = format!(
        "POST /v1/register HTTP/1.1\r\nhost: a\r\n{JSON}transfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("a head");
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    // Far more than the system buffers between client and server.
    let sent = (0..1024).take_while(|_| stream.write_all(chunk.as_bytes()).is_ok());
    assert!(sent.count() < 1024, "64 MiB were read");
    let reply = Reply::parse(&read_to_end(stream)).expect("an answer");
    assert_eq!(Problems::of(&server).slug(&reply), "content-too-large");
}
