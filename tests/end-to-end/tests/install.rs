//! A fresh installation shares no secret with another one, and refuses development settings in
//! production.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use auth_end_to_end::{Options, PASSWORD, Server, countersign, wait_until};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tempfile::TempDir;

/// A random secret of 32 bytes, unlike any printed example.
const SECRET: &str = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";
const EXAMPLE: &str = "your-256-bit-secret-your-256-bit-secret";

fn key_id(server: &Server) -> String {
    let set = server.client().get("/.well-known/jwks.json").expect(200);
    let keys = set.json()["keys"].as_array().expect("keys").clone();
    assert_eq!(keys.len(), 1);
    keys[0]["kid"].as_str().expect("a key id").to_owned()
}

#[test]
fn two_installations_share_no_secret_and_have_no_account() {
    let servers = [(); 3].map(|()| Server::start(&Options::default()));
    let mut secrets = BTreeSet::new();
    for server in &servers {
        let files = fs::read_dir(server.data().join("keys")).expect("keys");
        let files = files.map(|file| file.expect("a file").path());
        let mut files: Vec<_> = files.map(|file| fs::read(file).expect("a key")).collect();
        files.retain(|bytes| !bytes.is_empty());
        files.push(fs::read(server.data().join("setup-token")).expect("a token"));
        files.push(key_id(server).into_bytes());
        assert!(files.len() >= 4, "{} secrets", files.len());
        for secret in files {
            assert!(secrets.insert(secret), "a secret of two installations");
        }
        let client = server.client();
        for email in ["admin@example.com", "admin@localhost", "root@localhost"] {
            for password in ["admin", "password", "countersign", PASSWORD] {
                let answer = client.try_login(email, password);
                assert!(matches!(answer.status(), 401 | 429), "{answer:?}");
            }
        }
    }
    let token = servers[0].client().join("bob@example.com").access;
    servers[1].client().bearer(&token).get("/v1/me").expect(401);
}

/// Starts a server that must refuse, and returns its one sentence.
fn refusal(environment: &str, issuer: Option<&str>, secret: Option<&str>) -> String {
    let data = TempDir::new().unwrap();
    let options = Options::default().data(&data.path().join("data"));
    let (status, log) = Server::refused(&options, |command| {
        set(command, environment, issuer, secret);
    });
    assert_eq!((status, log.lines().count()), (Some(2), 1), "{log}");
    let left = fs::read_dir(data.path()).unwrap().count();
    assert_eq!(left, 0, "a refused start leaves nothing behind");
    log
}

fn set(command: &mut Command, environment: &str, issuer: Option<&str>, secret: Option<&str>) {
    command.env("ENVIRONMENT", environment);
    for (name, value) in [("COUNTERSIGN_ISSUER", issuer), ("JWT_SECRET_KEY", secret)] {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
}

#[test]
fn outside_development_the_issuer_is_a_public_https_url() {
    for environment in ["staging", "production"] {
        for issuer in [
            None,
            Some(""),
            Some("http://auth.example.com"),
            Some("http://127.0.0.1:8080"),
            Some("https://127.0.0.1"),
            Some("https://localhost:8443"),
            Some("https://[::1]"),
        ] {
            let log = refusal(environment, issuer, None);
            assert!(log.contains("COUNTERSIGN_ISSUER"), "{log}");
        }
        let server = Server::start_by(&Options::default(), |command| {
            set(command, environment, Some("https://auth.example.com"), None);
        });
        server.client().get("/readyz").expect(200);
    }
    let server = Server::start_by(&Options::default(), |command| {
        set(command, "development", Some("http://localhost:8080"), None);
    });
    server.client().get("/readyz").expect(200);
}

#[test]
fn an_example_of_a_secret_serves_in_development_alone() {
    let issuer = Some("https://auth.example.com");
    for (environment, secret, why) in [
        ("production", EXAMPLE, "example"),
        ("staging", EXAMPLE, "example"),
        ("production", "secret", "32"),
        ("development", "secret", "32"),
    ] {
        let log = refusal(environment, issuer, Some(secret));
        assert!(log.contains("JWT_SECRET_KEY") && log.contains(why), "{log}");
        assert!(!log.contains(secret) || secret == "secret", "{log}");
    }
    for (environment, secret) in [("development", EXAMPLE), ("production", SECRET)] {
        let _server = Server::start_by(&Options::default(), |command| {
            set(command, environment, issuer, Some(secret));
        });
    }
}

/// Runs `countersign keys` on the data directory of a running server.
fn keys(data: &Path, arguments: &[&str]) -> String {
    let mut command = countersign();
    command.arg("keys").args(arguments);
    let output = command.arg("--data-dir").arg(data).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn published(server: &Server) -> Vec<Value> {
    let set = server.client().get("/.well-known/jwks.json").expect(200);
    assert_eq!(set.header("cache-control"), "public, max-age=300");
    set.json()["keys"].as_array().expect("keys").clone()
}

fn signer(token: &str) -> String {
    let header = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).expect("a header");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a key id").to_owned()
}

#[test]
fn a_key_is_published_before_its_first_use_and_after_its_last() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let session = client.join("bob@example.com");
    let first = signer(&session.access);
    let mut refresh = client.login("bob@example.com").refresh;
    let mut next_signer = || {
        let next = client.session(&client.refresh(&refresh).expect(200));
        refresh = next.refresh;
        signer(&next.access)
    };
    for algorithm in ["ES256", "RS256", "EdDSA"] {
        let known = published(&server).len();
        let rotate = ["rotate", "--lead", "3600", "--algorithm", algorithm];
        keys(server.data(), &rotate);
        wait_until("the key to be published", || {
            (published(&server).len() > known).then_some(())
        });
        // The new key is published and does not sign yet.
        assert_eq!(next_signer(), first);
    }
    check_set(&published(&server));
    keys(server.data(), &["rotate", "--lead", "0"]);
    let used = wait_until("the key to sign", || {
        Some(next_signer()).filter(|signer| *signer != first)
    });
    let ids: Vec<_> = published(&server)
        .iter()
        .map(|key| key["kid"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(ids.contains(&first) && ids.contains(&used), "{ids:?}");
    let log = server.log();
    let activated = log.lines().filter(|line| line.contains("key-activated"));
    let activated: Vec<_> = activated.collect();
    assert!(
        activated.len() == 1 && activated[0].contains(&used),
        "{log}"
    );
    session.client.get("/v1/me").expect(200);
    check_set(&published(&server));
    keys(server.data(), &["retire", &first]);
    wait_until("the withdrawn key to be refused", || {
        (session.client.get("/v1/me").status() == 401).then_some(())
    });
}

#[test]
fn a_new_secret_ends_no_session_unless_it_is_told_to() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let mut refresh = client.join("bob@example.com").refresh;
    let mut refreshed = || {
        let answer = client.refresh(&refresh);
        (answer.status() == 200).then(|| refresh = client.session(&answer).refresh)
    };
    keys(server.data(), &["rotate-secret"]);
    for _ in 0..3 {
        assert!(refreshed().is_some());
    }
    // A refresh before the server takes a secret up is answered as ever. One in the middle of that
    // moment begins with the secret before and ends with a token of the new one, so the session lives
    // until the next rotation.
    wait_until("the secret to be refused", || {
        keys(server.data(), &["rotate-secret", "--overlap", "0"]);
        match refreshed() {
            Some(()) => None,
            None => Some(()),
        }
    });
}

/// Checks that each key has only public members and its own id (RFC 7517, 7518).
fn check_set(keys: &[Value]) {
    let mut ids = BTreeSet::new();
    for key in keys {
        for name in key.as_object().expect("a key").keys() {
            let public = ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"];
            assert!(public.contains(&name.as_str()), "{name} in {key}");
        }
        assert_eq!(key["use"], "sig", "{key}");
        assert!(ids.insert(key["kid"].to_string()), "{key} twice");
    }
}

#[test]
fn what_is_public_is_production() {
    for (variable, value) in [
        ("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1"),
        ("MONGODB_URI", "mongodb://db.example.com/"),
    ] {
        let (status, log) = Server::refused(&Options::default(), |command| {
            command.env(variable, value);
        });
        assert_eq!(status, Some(2), "{log}");
        assert!(log.contains("COUNTERSIGN_ISSUER is not set"), "{log}");
    }
    let (_, log) = Server::refused(&Options::default(), |command| {
        command.env("COUNTERSIGN_ISSUER", "https://auth.example.com");
        command.env("JWT_SECRET_KEY", EXAMPLE);
    });
    assert!(log.contains("JWT_SECRET_KEY"), "{log}");
    let server = Server::start(&Options::default());
    assert!(server.log().contains("for development"), "{}", server.log());
    assert!(server.output().contains("#setup="));
    // Standard output may be collected and kept.
    let server = Server::start_by(&Options::default(), |command| {
        command.env("COUNTERSIGN_ISSUER", "https://auth.example.com");
    });
    assert!(!server.log().contains("for development"));
    assert!(!server.output().contains("css_"), "{}", server.output());
    assert!(server.output().contains("setup-token"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_leaves_no_core_dump() {
    let server = Server::start(&Options::default());
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file"));
    let values: Vec<_> = core.expect("a limit").split_whitespace().collect();
    // Without the right to raise a hard limit of zero, the process is not dumpable at all.
    assert!(
        [["1", "1"], ["0", "0"]].contains(&[values[4], values[5]]),
        "{limits}"
    );
}
