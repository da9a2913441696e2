use axum::body::Body;
use axum::http::StatusCode;
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
fn wants_exactly_json_as_content_type() {
    for (values, coding, accepted) in [
        (&["application/json"][..], None, true),
        (&["Application/JSON; charset=utf-8"], None, true),
        (&[], None, false),
        (&["text/plain"], None, false),
        (&["application/jsonp"], None, false),
        (&["application/problem+json"], None, false),
        (&["application/json", "application/json"], None, false),
        (&["application/json"], Some("gzip"), false),
    ] {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        assert_eq!(
            require_json(&headers).is_ok(),
            accepted,
            "{values:?} {coding:?}"
        );
    }
}

#[tokio::test]
async fn reads_no_more_than_the_limit() {
    let limits = BodyLimits {
        bytes: 8,
        time: Duration::from_secs(5),
    };
    assert!(read(Body::from("12345678"), limits).await.is_ok());
    let Err(problem) = read(Body::from("123456789"), limits).await else {
        panic!()
    };
    assert_eq!(problem.kind().status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(start_paused = true)]
async fn waits_no_longer_than_the_limit() {
    let limits = BodyLimits {
        bytes: 8,
        time: Duration::from_secs(5),
    };
    let (_sender, never) = http_body_util::channel::Channel::<Bytes>::new(1);
    let Err(problem) = read(Body::new(never), limits).await else {
        panic!()
    };
    assert_eq!(problem.kind().status, StatusCode::REQUEST_TIMEOUT);
}
