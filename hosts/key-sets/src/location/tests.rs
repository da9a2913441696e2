use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use super::*;

/// Answers one request with `answer`. Returns the URL for that request.
fn serve_once(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head = BufReader::new(stream.try_clone().unwrap()).lines();
        head.map_while(Result::ok).find(String::is_empty).unwrap();
        // The client may close the connection before it has read the whole answer.
        let _ = stream.write_all(&answer);
    });
    url
}

fn read(text: &str) -> Result<String> {
    Location::parse(text).map_err(anyhow::Error::msg)?.read()
}

fn refusal(text: &str) -> String {
    format!("{:#}", read(text).expect_err("a refusal"))
}

#[test]
fn reads_a_file_and_a_url() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("jwks.json");
    std::fs::write(&file, r#"{"keys":[]}"#).unwrap();
    assert_eq!(read(file.to_str().unwrap()).unwrap(), r#"{"keys":[]}"#);
    let url = serve_once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec());
    assert_eq!(read(&url).unwrap(), "{}");
}

#[test]
fn refuses_every_other_answer() {
    let long = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(70_000));
    for (answer, reason) in [
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n".into(),
            "is a redirect",
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
            "is 404",
        ),
        (long.into_bytes(), "longer than 65536 bytes"),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe".to_vec(), "UTF-8"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec(),
            "",
        ),
        (Vec::new(), ""),
    ] {
        let refusal = refusal(&serve_once(answer));
        assert!(refusal.contains(reason), "{refusal}");
    }
}

#[test]
fn names_the_place_that_it_cannot_read() {
    let refusal = refusal("/no/such/jwks.json");
    assert!(
        refusal.starts_with("no keys from `/no/such/jwks.json`: cannot read the file: "),
        "{refusal}"
    );
}

#[test]
fn leaves_this_machine_with_tls_alone() {
    for url in [
        "http://auth.example.com/jwks.json",
        "http://192.0.2.1/jwks.json",
        "http://localhost.example.com/",
        "http://localhost@auth.example.com/",
    ] {
        let refused = Location::parse(url).expect_err(url);
        assert_eq!(refused, "http is for this machine alone: use https");
    }
    for (url, reason) in [
        (
            "ftp://auth.example.com/jwks.json",
            "the URL is neither https nor http",
        ),
        ("file:///etc/keys", "it is no URL"),
        ("https://", "it is no URL"),
        ("https://a b/", "it is no URL"),
    ] {
        assert_eq!(Location::parse(url), Err(reason), "{url}");
    }
    for url in [
        "http://localhost:8080/a",
        "http://127.0.0.1/a",
        "http://[::1]/a",
        "https://auth.example.com/a",
    ] {
        assert!(
            matches!(Location::parse(url), Ok(Location::Url(_))),
            "{url}"
        );
    }
    assert!(matches!(
        Location::parse("keys/jwks.json"),
        Ok(Location::File(_))
    ));
}

#[test]
fn an_issuer_publishes_at_a_well_known_place() {
    for issuer in ["https://auth.example.com/a", "https://auth.example.com/a/"] {
        let location = Location::of_issuer(issuer).unwrap().to_string();
        assert_eq!(location, "https://auth.example.com/a/.well-known/jwks.json");
    }
    assert!(Location::of_issuer("http://auth.example.com").is_err());
}
