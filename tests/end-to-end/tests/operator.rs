//! `countersign users` and `keys` write audit events as the calls of administrators do, and
//! `countersign audit` finds events.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use auth_end_to_end::{Options, PASSWORD, Server, countersign};
use serde_json::Value;
use tempfile::TempDir;

const EMAIL: &str = "ops@example.com";

fn users(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = countersign();
    command.arg("users").args(arguments);
    command.arg("--data-dir").arg(data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // A command that reads no password may have ended already.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    child.wait_with_output().unwrap()
}

/// Runs a command that must succeed and log nothing private, and returns its audit events.
fn events(data: &Path, arguments: &[&str], input: &str) -> Vec<Value> {
    let arguments = [arguments, &["--log-format", "json"]].concat();
    let output = users(data, &arguments, input);
    assert!(output.status.success(), "{output:?}");
    let (log, said) = (text(&output.stderr), text(&output.stdout));
    let initial = said.lines().find_map(|line| line.split_once(": "));
    for private in [EMAIL, PASSWORD, initial.map_or(PASSWORD, |(_, word)| word)] {
        assert!(!log.contains(private), "{private}: {log}");
    }
    log.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["target"] == "audit")
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn each_change_is_noted_once_without_address_or_password() {
    let data = TempDir::new().unwrap();
    let create = ["create", EMAIL, "--role", "admin", "--password-stdin"];
    let created = events(data.path(), &create, PASSWORD);
    let subject = created[0]["subject"].as_str().expect("an id").to_owned();
    for (arguments, event) in [
        (["disable", EMAIL], "account-disabled"),
        (["enable", &subject], "account-enabled"),
        (["disable", "ＯＰＳ@example.com"], "account-disabled"),
        (["enable", " OPS@Example.com"], "account-enabled"),
    ] {
        let changed = events(data.path(), &arguments, "");
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert_eq!(changed[0]["event"], event);
        assert_eq!(changed[0]["subject"], subject.as_str());
        // A command that changes nothing writes no event.
        assert!(events(data.path(), &arguments, "").is_empty());
    }
    for account in [EMAIL, &subject] {
        let unlocked = events(data.path(), &["unlock", account], "");
        assert_eq!(unlocked.len(), 1, "{unlocked:?}");
        assert_eq!(unlocked[0]["event"], "account-unlocked");
        assert_eq!(unlocked[0]["subject"], subject.as_str());
    }
    // Creates the first administrator of this installation.
    let names: Vec<_> = created.iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["setup-completed", "account-created"]);
    let initial = ["create", "bob@example.com", "--initial-password"];
    assert_eq!(events(data.path(), &initial, "").len(), 1);

    let server = Server::start(&Options::default().data(data.path()));
    let admin = server.client().login(EMAIL).client;
    assert_eq!(admin.get("/v1/me").expect(200).text("id"), subject);
}

#[test]
fn what_is_refused_is_said_in_one_sentence_and_noted_nowhere() {
    let data = TempDir::new().unwrap();
    events(data.path(), &["create", EMAIL], PASSWORD);
    for (arguments, input) in [
        (&["create", EMAIL][..], PASSWORD),
        (&["create", "x@example.com"], "short"),
        (&["create", "no address"], PASSWORD),
        (&["create", "x@example.com", "--role", "nobody"], PASSWORD),
        (&["disable", "x@example.com"], ""),
        (&["enable", "no such id"], ""),
        (&["unlock", "x@example.com"], ""),
        (&["unlock", "no such id"], ""),
        (&["disable", "@"], ""),
    ] {
        let output = users(data.path(), arguments, input);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("error: ") && !said.contains(PASSWORD));
    }
}

#[test]
fn each_change_of_a_key_is_noted() {
    let server = Server::start(&Options::default());
    let keys = |arguments: &[&str]| {
        let mut command = countersign();
        command
            .arg("keys")
            .args(arguments)
            .arg("--log-format")
            .arg("json");
        let output = command
            .arg("--data-dir")
            .arg(server.data())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let event: Value = serde_json::from_slice(&output.stderr).expect("one event");
        assert_eq!(event["target"], "audit");
        let (kind, key) = (&event["event"], &event["object"]);
        (
            kind.as_str().unwrap().to_owned(),
            key.as_str().unwrap().to_owned(),
        )
    };
    let (published, key) = keys(&["rotate"]);
    assert_eq!(published, "key-published");
    assert_eq!(keys(&["retire", &key]), ("key-retired".to_owned(), key));
}

#[test]
fn the_events_of_a_server_are_found_in_its_log() {
    let options = Options::default().argument("--log-format").argument("json");
    let server = Server::start(&options);
    let client = server.client();
    let session = client.join(EMAIL);
    let id = session.client.get("/v1/me").expect(200).text("id");
    for _ in 0..2 {
        client
            .try_login(EMAIL, "not the password at all")
            .expect(401);
    }
    let log = server.log();
    let audit = |arguments: &[&str]| {
        let mut command = countersign();
        command.arg("audit").args(arguments).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(log.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let kinds = |lines: Vec<String>| -> Vec<String> {
        let kinds = lines.iter().filter_map(|line| line.split("  ").nth(1));
        kinds.map(str::to_owned).collect()
    };
    let all = [
        "account-created",
        "login-succeeded",
        "login-failed",
        "login-failed",
    ];
    assert_eq!(kinds(audit(&[])), all);
    assert_eq!(kinds(audit(&["--account", &id, "--since", "1h"])), all);
    assert_eq!(kinds(audit(&["--kind", "login-failed"])), all[2..]);
    assert_eq!(kinds(audit(&["--source", "127.0.0.1"])), all);
    assert!(audit(&["--until", "1h"]).is_empty());
    let failed: Value = serde_json::from_str(&audit(&["--format", "json"])[2]).expect("JSON");
    assert_eq!(failed["subject"], id.as_str());
    let request = failed["request_id"].as_str().unwrap();
    assert!(
        log.lines()
            .any(|line| line.contains("answered") && line.contains(request))
    );
}
