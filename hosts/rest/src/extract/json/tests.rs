use axum::response::IntoResponse as _;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Request {
    email: String,
    roles: Option<Vec<String>>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum Status {
    Active,
    Disabled,
}

fn refusal(body: &[u8]) -> Problem {
    let Err(problem) = parse::<Request>(body) else {
        panic!("accepted `{}`", body.escape_ascii());
    };
    problem
}

#[test]
fn accepts_what_it_needs() {
    for body in [
        r#"{"email":"a@b.c"}"#,
        r#" {"email":"","roles":null,"status":null} "#,
        r#"{"status":"active","roles":["a","b"],"email":"\u0000"}"#,
    ] {
        assert!(parse::<Request>(body.as_bytes()).is_ok(), "{body}");
    }
}

#[test]
fn refuses_what_is_not_json() {
    let bomb = format!(r#"{{"email":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let bodies: &[&[u8]] = &[
        b"",
        b"email=a@b.c",
        br#"{"email":"a@b.c""#,
        br#"{"email":5,"#,
        br#"{"email":"a@b.c"} x"#,
        br#"{"email":"a@b.c",}"#,
        br#"{'email':'a@b.c'}"#,
        b"\xef\xbb\xbf{}",
        b"{\"email\":\"\xff\"}",
        br#"{"email":"\ud800"}"#,
        b"{\"email\":\"a\nb\"}",
        br#"{"email":NaN}"#,
        bomb.as_bytes(),
    ];
    for body in bodies {
        assert_eq!(
            refusal(body).kind().slug,
            "invalid-json",
            "{}",
            body.escape_ascii()
        );
    }
}

#[test]
fn names_the_place_and_the_rule() {
    for (body, pointer, code) in [
        ("{}", "/email", "missing-member"),
        (r#"{"email":"a","extra":1}"#, "/extra", "unknown-member"),
        (
            r#"{"email":"a","~a/b":{"email":1}}"#,
            "/~0a~1b",
            "unknown-member",
        ),
        (r#"{"email":"a","email":"b"}"#, "/email", "duplicate-member"),
        (
            r#"{"email":"a","\u0065mail":"a"}"#,
            "/email",
            "duplicate-member",
        ),
        (
            r#"{"email":"a","roles":null,"roles":null}"#,
            "/roles",
            "duplicate-member",
        ),
        (r#"{"email":5}"#, "/email", "wrong-type"),
        (r#"{"email":null}"#, "/email", "wrong-type"),
        (r#"{"email":["a"]}"#, "/email", "wrong-type"),
        (r#"{"email":"a","roles":"b"}"#, "/roles", "wrong-type"),
        (
            r#"{"email":"a","roles":["b",true]}"#,
            "/roles/1",
            "wrong-type",
        ),
        (
            r#"{"email":"a","status":"gone"}"#,
            "/status",
            "unknown-value",
        ),
        (
            r#"{"email":"a","status":{"active":null}}"#,
            "/status",
            "wrong-type",
        ),
        (r#"{"email":"a","status":1}"#, "/status", "wrong-type"),
        ("[]", "", "wrong-type"),
        (r#"["a",null,null]"#, "", "wrong-type"),
        ("null", "", "wrong-type"),
        (r#""email""#, "", "wrong-type"),
    ] {
        let problem = refusal(body.as_bytes());
        let [error] = problem.errors() else {
            panic!("{body}")
        };
        assert_eq!(error.place, Place::Pointer(pointer.to_owned()), "{body}");
        assert_eq!(error.code, code, "{body}");
    }
}

#[test]
fn repeats_no_value() {
    for body in [
        r#"{"email":"a","status":"secret"}"#,
        r#"{"email":"a","roles":"secret"}"#,
    ] {
        let problem = refusal(body.as_bytes());
        assert!(
            problem
                .errors()
                .iter()
                .all(|error| !error.detail.contains("secret")),
            "{body}"
        );
    }
}

#[test]
fn wants_exactly_json_as_content_type_and_says_so() {
    const JSON: &str = "application/json";
    for (method, values, coding, wanted) in [
        ("POST", &[JSON][..], None, None),
        ("POST", &["Application/JSON; charset=utf-8"], None, None),
        ("POST", &[], None, Some([JSON, "", ""])),
        ("POST", &["text/plain"], None, Some([JSON, "", ""])),
        ("PATCH", &["text/plain"], None, Some([JSON, "", JSON])),
        ("POST", &["application/jsonp"], None, Some([JSON, "", ""])),
        (
            "PUT",
            &["application/problem+json"],
            None,
            Some([JSON, "", ""]),
        ),
        ("POST", &[JSON, JSON], None, Some([JSON, "", ""])),
        ("POST", &[JSON], Some("gzip"), Some(["", "identity", ""])),
        (
            "PATCH",
            &["a/b"],
            Some("br"),
            Some([JSON, "identity", JSON]),
        ),
    ] {
        let mut request = axum::http::Request::builder().method(method);
        for value in values {
            request = request.header(CONTENT_TYPE, *value);
        }
        if let Some(coding) = coding {
            request = request.header(CONTENT_ENCODING, coding);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let said = require_json(&parts).err().map(|problem| {
            let response = problem.into_response();
            [ACCEPT, ACCEPT_ENCODING, ACCEPT_PATCH].map(|name| {
                let value = response.headers().get(name);
                value.map_or("", |value| value.to_str().unwrap()).to_owned()
            })
        });
        assert_eq!(
            said,
            wanted.map(|it| it.map(str::to_owned)),
            "{method} {values:?}"
        );
    }
}
