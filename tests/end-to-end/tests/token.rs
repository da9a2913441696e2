//! `countersign token verify`: which keys of a set it verifies with.

use std::fs;
use std::path::Path;
use std::process::Output;

use auth_end_to_end::{Options, Server, countersign};
use serde_json::{Value, json};
use tempfile::TempDir;

fn verify(server: &Server, token: &str, keys: &Path) -> Output {
    let mut command = countersign();
    command.args(["token", "verify", token, "--issuer", server.url(), "--jwks"]);
    command.arg(keys).output().expect("it runs")
}

#[test]
fn keys_that_cannot_verify_are_left_out_and_named() {
    let server = Server::start(&Options::default());
    let token = server.client().join("bob@example.com").access;
    let published = server.client().get("/.well-known/jwks.json").expect(200);
    let key = published.json()["keys"][0].clone();
    let with = |member: &str, value: Value| {
        let mut key = key.clone();
        key[member] = value;
        key
    };
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("jwks.json");
    let verified = |keys: &[Value]| {
        fs::write(&file, json!({ "keys": keys }).to_string()).expect("a file");
        let output = verify(&server, &token, &file);
        let errors = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), errors)
    };
    let strangers = [
        json!({ "kty": "AKP", "kid": "a", "alg": "ML-DSA-44", "pub": "AQAB" }),
        with("use", json!("enc")),
        with("kid", json!(7)),
        json!("no key"),
    ];
    let mut keys = strangers.to_vec();
    keys.push(with("x5c", json!(["MIIB"])));
    assert_eq!(verified(&keys), (Some(0), String::new()));

    let (status, errors) = verified(&strangers);
    assert_eq!(status, Some(1), "{errors}");
    assert!(
        errors.contains("left out of the key set, key 1: `use` is not `sig`"),
        "{errors}"
    );
    assert!(errors.trim_end().ends_with("unknown-key"), "{errors}");

    let (status, errors) = verified(&[with("d", json!("AQAB"))]);
    assert_eq!(status, Some(2), "{errors}");
    assert!(errors.contains("`d` is secret"), "{errors}");
}
