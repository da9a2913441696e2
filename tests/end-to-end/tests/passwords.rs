//! The password policy applies to every call that sets a password, and no call leaves a password in the
//! memory of the server.

use auth_end_to_end::{Options, PASSWORD, Server};
use serde_json::json;

/// The list of common passwords that the component is built with.
const COMMON: &str = include_str!("../../../core/rules/src/password/common.txt");
const MIN_LENGTH: usize = 15;

/// The passwords of the list that are long enough, so that their length is no reason to refuse them.
fn common() -> Vec<&'static str> {
    let found: Vec<_> = COMMON
        .lines()
        .filter(|line| line.chars().count() >= MIN_LENGTH)
        .collect();
    assert!(found.len() > 100, "{} passwords", found.len());
    found
}

#[test]
fn every_common_password_is_refused_at_registration_and_change() {
    // A password that contains the user's own name is refused for that reason instead.
    let server = Server::start(&Options::default());
    let user = server.client().join("zq@example.com").client;
    for password in common() {
        let body = json!({ "email": "xk@example.com", "password": password });
        let register = server.client().post("/v1/register", &body);
        let body = json!({ "current_password": PASSWORD, "new_password": password });
        let change = user.put("/v1/me/password", &body);
        for (answer, pointer) in [(register, "/password"), (change, "/new_password")] {
            let problem = answer.expect_problem(422, "invalid-request").json();
            let errors = problem["errors"].as_array().expect("errors").iter();
            let common = |error: &&serde_json::Value| {
                error["code"] == "common" && error["pointer"] == pointer
            };
            assert_eq!(errors.filter(common).count(), 1, "{password}: {problem}");
        }
    }
    server
        .client()
        .try_login("xk@example.com", PASSWORD)
        .expect(401);
    server.client().login("zq@example.com");
}

#[test]
fn every_common_password_is_refused_at_set_up() {
    let server = Server::start(&Options::default());
    let token = std::fs::read_to_string(server.data().join("setup-token")).unwrap();
    for password in common() {
        let body =
            json!({ "token": token.trim(), "email": "xk@example.com", "password": password });
        let answer = server.client().post("/v1/setup", &body);
        answer.expect_problem(422, "invalid-request");
    }
    server
        .client()
        .set_up(token.trim(), "xk@example.com")
        .expect(201);
}

#[test]
fn the_device_on_which_the_password_was_changed_gets_a_new_token() {
    const NEW: &str = "an even longer, louder morning";
    let server = Server::start(&Options::default());
    let mine = server.client().join("bob@example.com");
    let change = |current: &str, new: &str| {
        let body = json!({
            "current_password": current, "new_password": new, "device_token": mine.device,
        });
        mine.client.put("/v1/me/password", &body)
    };
    let successor = change(PASSWORD, NEW).expect(200).text("device_token");
    assert_ne!(Some(&successor), mine.device.as_ref());
    // The token that was replaced marks no device any more.
    change(NEW, PASSWORD).expect(204);
    let body = json!({
        "email": "bob@example.com", "password": PASSWORD, "device_token": successor,
    });
    server.client().post("/v1/login", &body).expect(200);
}

/// What no text in these tests begins with but the passwords of the test below.
#[cfg(target_os = "linux")]
const MARK: &str = "morning unlike any other: ";

#[test]
#[cfg(target_os = "linux")]
fn no_password_stays_in_memory_but_in_the_buffer_of_a_connection() {
    const BCRYPT: &str = "[hashing]\nscheme = \"bcrypt\"\n";
    let server = Server::start(&Options::default().policy(BCRYPT));
    let client = server.client();
    let password = |name: &str| format!("{MARK}{name}");
    let credentials = json!({ "email": "ada@example.com", "password": password("first") });
    client.post("/v1/register", &credentials).expect(202);
    let session = client.session(&client.post("/v1/login", &credentials).expect(200));
    client
        .try_login("ada@example.com", &password("wrong"))
        .expect(401);
    let change = json!({
        "current_password": password("first"),
        "new_password": password("second"),
    });
    session.client.put("/v1/me/password", &change).expect(204);
    let memory = writable_memory(server.pid());
    let has = |text: &str| memory.iter().any(|part| part.contains(text));
    assert!(has(&server.data().display().to_string()), "memory was read");
    for part in memory {
        for (place, _) in part.match_indices(MARK) {
            let before = &part[..place];
            let raw = before.ends_with("password\":\"");
            let start = part.floor_char_boundary(place.saturating_sub(80));
            let end = part.ceil_char_boundary(place + 80);
            assert!(raw, "{:?}", &part[start..end]);
        }
    }
}

/// The writable memory of a process as texts, without what was never used.
#[cfg(target_os = "linux")]
fn writable_memory(pid: u32) -> Vec<String> {
    use std::fs::{File, read_to_string};
    use std::os::unix::fs::FileExt as _;

    let file =
        |name: &str| File::open(format!("/proc/{pid}/{name}")).expect("a file of the process");
    let (present, memory) = (file("pagemap"), file("mem"));
    let smaps = read_to_string("/proc/self/smaps").unwrap();
    let size = smaps.split("KernelPageSize:").nth(1).expect("a size");
    let size: usize = size.split_whitespace().next().unwrap().parse().unwrap();
    let size = size * 1024;
    let mut found = Vec::new();
    for map in read_to_string(format!("/proc/{pid}/maps")).unwrap().lines() {
        let (range, rest) = map.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|hex| usize::from_str_radix(hex, 16).unwrap());
        let mut entries = vec![0; (end - start) / size * 8];
        present
            .read_exact_at(&mut entries, (start / size * 8) as u64)
            .unwrap();
        let mut part = Vec::new();
        let mut page = vec![0; size];
        for (index, entry) in entries.chunks(8).enumerate() {
            let address = (start + index * size) as u64;
            // Bit 63 of an entry says that the page is in memory.
            if entry[7] & 0x80 != 0 && memory.read_exact_at(&mut page, address).is_ok() {
                part.extend_from_slice(&page);
            }
        }
        found.push(String::from_utf8_lossy(&part).into_owned());
    }
    found
}
