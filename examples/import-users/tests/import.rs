//! Imports hashes that passlib made, and logs in over HTTP with their passwords.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use auth_end_to_end::{Options, Server};
use tempfile::TempDir;

/// Hashes of one password, made with passlib 1.7.4. Their cost is low, so that the test is quick.
const USERS: &str = include_str!("../users.jsonl");
const PASSWORD: &str = "seven green bottles";

/// The data directory of a server that has ended.
fn data_directory(parent: &TempDir) -> Options {
    let options = Options::default().data(&parent.path().join("data"));
    assert!(Server::start(&options).stop().success());
    options
}

fn import(directory: &Path, lines: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_import-users"))
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut input = program.stdin.take().expect("a pipe");
    // A program that refuses its data directory ends without reading its input.
    let _ = input.write_all(lines.as_bytes());
    drop(input);
    program.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn imported_accounts_log_in_with_their_passwords() {
    let parent = TempDir::new().unwrap();
    let options = data_directory(&parent);
    let imported = import(&parent.path().join("data"), USERS);
    assert!(imported.status.success(), "{imported:?}");
    let summary = "7 imported, 0 exist already, 0 refused\n";
    assert_eq!(text(&imported.stdout), summary);

    let server = Server::start(&options);
    let client = server.client();
    for name in ["Alice", "bob", "carol", "dave", "erin", "frank"] {
        let email = format!("{name}@example.com");
        client.try_login(&email, "a wrong password").expect(401);
        let answer = client.try_login(&email, PASSWORD).expect(200);
        // The login replaced the hash by one of the policy's scheme. It is still a hash of the same
        // password.
        client.try_login(&email, PASSWORD).expect(200);
        let me = client.session(&answer).client.get("/v1/me").expect(200);
        assert_eq!(me.json()["email"], email);
        let role = if name == "Alice" { "admin" } else { "user" };
        assert_eq!(me.json()["roles"][0], role);
    }
    client.try_login("alice@EXAMPLE.com", PASSWORD).expect(200);
    client.try_login("grace@example.com", PASSWORD).expect(403);
}

#[test]
fn a_second_run_changes_nothing_and_imports_what_was_corrected() {
    let parent = TempDir::new().unwrap();
    let options = data_directory(&parent);
    let directory = parent.path().join("data");
    let [first, second] = [USERS.lines().next(), USERS.lines().nth(1)].map(Option::unwrap);
    let cut = second.replace("AUtq\"", "\"");
    let refused = import(&directory, &format!("{first}\n{cut}\n"));
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        text(&refused.stdout),
        "1 imported, 0 exist already, 1 refused\n"
    );

    let other_hash = first.replace("Alice", "alice").replace("$2b$", "$2y$");
    let corrected = import(&directory, &format!("{other_hash}\n{second}\n"));
    assert!(corrected.status.success(), "{corrected:?}");
    assert_eq!(
        text(&corrected.stdout),
        "1 imported, 1 exist already, 0 refused\n"
    );
    let reported = "line 1: an account with this address exists already and stays unchanged\n";
    assert_eq!(text(&corrected.stderr), reported);

    let server = Server::start(&options);
    for email in ["Alice@example.com", "bob@example.com"] {
        let answer = server.client().try_login(email, PASSWORD).expect(200);
        let me = server.client().session(&answer).client.get("/v1/me");
        assert_eq!(me.expect(200).json()["email"], email);
    }
}

#[test]
fn each_refused_line_is_reported_with_its_number_and_no_secret() {
    let parent = TempDir::new().unwrap();
    data_directory(&parent);
    let hash = "$2b$05$or1/.0GN5au57Zaf2VLq4uEFgiAaThnIiDmR.PALArsYF.5l3Qatu";
    let lines = [
        "not JSON".to_owned(),
        String::new(),
        format!(r#"{{"email": "no address", "password_hash": "{hash}"}}"#),
        format!(r#"{{"email": "a@example.com", "password_hash": "{hash}", "_id": 7}}"#),
        format!(r#"{{"email": "a@example.com", "password_hash": "{hash}", "disabled": "{hash}"}}"#),
        r#"{"email": "a@example.com"}"#.to_owned(),
        r#"{"email": "a@example.com", "password_hash": "plain text"}"#.to_owned(),
    ];
    let output = import(&parent.path().join("data"), &lines.join("\n"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stdout),
        "0 imported, 0 exist already, 6 refused\n"
    );
    let reports: Vec<_> = text(&output.stderr).lines().collect();
    let expected = [
        (1, "not a JSON object"),
        (3, "`email`"),
        (4, "not a JSON object"),
        (5, "not a JSON object"),
        (6, "not a JSON object"),
        (7, "`password_hash`"),
    ];
    assert_eq!(reports.len(), expected.len(), "{reports:?}");
    for (report, (line, reason)) in reports.iter().zip(expected) {
        assert!(report.starts_with(&format!("line {line}: ")), "{report}");
        assert!(report.contains(reason), "{report}");
        assert!(!report.contains(&hash[..20]), "{report}");
        assert!(!report.contains("plain text"), "{report}");
    }
}

#[test]
fn a_running_server_keeps_its_store_to_itself() {
    let parent = TempDir::new().unwrap();
    let directory = parent.path().join("data");
    let server = Server::start(&Options::default().data(&directory));
    let refused = import(&directory, USERS);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("in use"), "{refused:?}");
    drop(server);
}
