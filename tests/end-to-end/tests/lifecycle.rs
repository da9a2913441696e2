//! The calls of users and administrators, from the first start to the last logout. The client
//! compares each answer with `openapi.json` and checks its headers.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use auth_end_to_end::{Client, Options, PASSWORD, QUICK_POLICY, Server, Session};
use http::Method;
use serde_json::{Value, json};

const ADMIN: &str = "ada@example.com";
const USER: &str = "bob@example.com";
const NEW_PASSWORD: &str = "an even longer, louder morning";

/// A server with an administrator and one user.
fn server_with_users() -> (Server, Client, Session) {
    let server = Server::start(&Options::default());
    let admin = server.set_up(ADMIN);
    let user = server.client().join(USER);
    (server, admin, user)
}

fn own_id(client: &Client) -> String {
    client.get("/v1/me").expect(200).text("id")
}

fn session_ids(client: &Client) -> Vec<String> {
    let sessions = client.get("/v1/me/sessions").expect(200).json();
    let sessions = sessions["sessions"].as_array().expect("a list").clone();
    sessions
        .iter()
        .map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

fn emails(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("a list");
    items
        .iter()
        .map(|one| one["email"].as_str().expect("an address").to_owned())
        .collect()
}

#[test]
fn the_set_up_token_makes_one_administrator() {
    let server = Server::start(&Options::default());
    let (client, file) = (server.client(), server.data().join("setup-token"));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let token = fs::read_to_string(&file).unwrap();
    let token = token.trim();
    assert!(server.output().contains(token));

    client
        .try_login(ADMIN, PASSWORD)
        .expect_problem(401, "invalid-credentials");
    client
        .set_up("css_forged", ADMIN)
        .expect_problem(403, "invalid-setup-token");
    let weak = json!({ "token": token, "email": ADMIN, "password": "CHANGE ME" });
    client
        .post("/v1/setup", &weak)
        .expect_problem(422, "invalid-request");
    let account = client.set_up(token, ADMIN).expect(201).json();
    assert_eq!(
        (&account["email"], &account["roles"]),
        (&json!(ADMIN), &json!(["admin"]))
    );
    client
        .set_up(token, USER)
        .expect_problem(403, "invalid-setup-token");
    assert!(!file.exists());
    assert!(!server.log().contains(token));
}

#[test]
fn an_account_from_registration_to_logout() {
    let server = Server::start(&Options::default());
    let client = server.client();
    let accepted = client.register(USER).expect(202);
    assert_eq!(accepted.json(), json!({ "status": "accepted" }));

    let login = client.try_login(USER, PASSWORD).expect(200);
    let tokens = login.json();
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(600))
    );
    let first = client.session(&login);
    let me = first.client.get("/v1/me").expect(200).json();
    assert_eq!(
        (&me["email"], &me["roles"]),
        (&json!(USER), &json!(["user"]))
    );
    assert_eq!(me["status"], "active");

    let second = client.session(&client.refresh(&first.refresh).expect(200));
    assert_eq!(second.id, first.id);
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);

    second.client.call(Method::POST, "/v1/logout").expect(204);
    client
        .refresh(&second.refresh)
        .expect_problem(400, "invalid-grant");
    second
        .client
        .get("/v1/me")
        .expect_problem(401, "invalid-token");
    let body = json!({ "refresh_token": second.refresh });
    client.post("/v1/logout", &body).expect(204);
}

#[test]
fn a_logout_without_a_credential_is_told_so() {
    let server = Server::start(&Options::default());
    let answer = server.client().call(Method::POST, "/v1/logout");
    let answer = answer.expect_problem(401, "token-required");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let answer = server.client().bearer("a.b.c").get("/v1/me");
    let challenge = answer.expect_problem(401, "invalid-token");
    assert!(
        challenge
            .header("www-authenticate")
            .contains("error=\"invalid_token\"")
    );
}

#[test]
fn each_login_is_a_session_that_its_owner_alone_sees_and_ends() {
    let (server, _, first) = server_with_users();
    let browser = server.client().header("user-agent", "Browser/1");
    let second = browser.login(USER);
    assert_ne!(first.id, second.id);
    assert_eq!(
        session_ids(&second.client),
        [first.id.clone(), second.id.clone()]
    );
    let listed = second.client.get("/v1/me/sessions").expect(200).json();
    let current: Vec<_> = listed["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["current"])
        .collect();
    assert_eq!(current, [false, true]);
    assert_eq!(listed["sessions"][1]["user_agent"], "Browser/1");

    let stranger = server.client().join("eve@example.com");
    for id in [
        first.id.as_str(),
        "01934f6e-80aa-7c21-b7b0-5a4f1d3c2e10",
        "..%2f",
        "%00",
    ] {
        let answer = stranger.client.delete(&format!("/v1/me/sessions/{id}"));
        answer.expect_problem(404, "session-not-found");
    }
    assert_eq!(session_ids(&second.client).len(), 2);

    let path = format!("/v1/me/sessions/{}", first.id);
    second.client.delete(&path).expect(204);
    second
        .client
        .delete(&path)
        .expect_problem(404, "session-not-found");
    server
        .client()
        .refresh(&first.refresh)
        .expect_problem(400, "invalid-grant");
    first
        .client
        .get("/v1/me")
        .expect_problem(401, "invalid-token");
    assert_eq!(session_ids(&second.client), [second.id]);
}

#[test]
fn one_login_more_than_the_limit_ends_the_oldest() {
    let policy = format!("{QUICK_POLICY}[session]\nmax_per_account = 2\n");
    let server = Server::start(&Options::default().policy(&policy));
    let first = server.client().join(USER);
    let second = server.client().login(USER);
    let third = server.client().login(USER);
    assert_eq!(session_ids(&third.client), [second.id, third.id]);
    server
        .client()
        .refresh(&first.refresh)
        .expect_problem(400, "invalid-grant");
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    let (server, _, mine) = server_with_users();
    let other = server.client().login(USER);
    let change = |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        mine.client.put("/v1/me/password", &body)
    };
    change("not the present password", NEW_PASSWORD).expect_problem(403, "wrong-password");
    let refused = change(PASSWORD, "short").expect_problem(422, "invalid-request");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/new_password");
    change(PASSWORD, NEW_PASSWORD).expect(204);

    server
        .client()
        .refresh(&other.refresh)
        .expect_problem(400, "invalid-grant");
    mine.client.get("/v1/me").expect(200);
    let client = server.client();
    client.refresh(&mine.refresh).expect(200);
    client
        .try_login(USER, PASSWORD)
        .expect_problem(401, "invalid-credentials");
    client.try_login(USER, NEW_PASSWORD).expect(200);
}

#[test]
fn decisions_name_the_rule_and_follow_the_roles_at_the_next_refresh() {
    let (server, admin, user) = server_with_users();
    let ask = |client: &Client| {
        client
            .post("/v1/authorize", &json!({ "permission": "orders:read" }))
            .expect(200)
            .json()
    };
    assert_eq!(
        ask(&user.client),
        json!({ "allowed": false, "reason": null })
    );
    let rule = json!({ "role": "admin", "rule": "*:*", "via": ["admin"] });
    assert_eq!(ask(&admin), json!({ "allowed": true, "reason": rule }));
    let wild = json!({ "permission": "*:*" });
    user.client
        .post("/v1/authorize", &wild)
        .expect_problem(422, "invalid-request");

    let path = format!("/v1/users/{}/roles/admin", own_id(&user.client));
    let unproved = admin.call(Method::PUT, &path);
    unproved.expect_problem(409, "unproved-address");
    let meant = json!({ "allow_unproved_address": true });
    let granted = admin.put(&path, &meant).expect(200).json();
    assert_eq!(granted["roles"], json!(["user", "admin"]));
    assert_eq!(granted["origin"], "registered");
    let refreshed = server
        .client()
        .session(&server.client().refresh(&user.refresh).expect(200));
    assert_eq!(ask(&refreshed.client)["allowed"], true);

    let taken = admin.delete(&path).expect(200).json();
    assert_eq!(taken["roles"], json!(["user"]));
    let again = server.client().refresh(&refreshed.refresh).expect(200);
    assert_eq!(
        ask(&server.client().session(&again).client)["allowed"],
        false
    );
}

#[test]
fn administration_is_for_administrators() {
    let (server, admin, user) = server_with_users();
    let id = own_id(&admin);
    let calls = [
        (Method::GET, "/v1/users".to_owned(), None),
        (
            Method::POST,
            "/v1/users".to_owned(),
            Some(json!({ "email": "x@example.com" })),
        ),
        (Method::GET, format!("/v1/users/{id}"), None),
        (
            Method::PATCH,
            format!("/v1/users/{id}"),
            Some(json!({ "status": "disabled" })),
        ),
        (Method::DELETE, format!("/v1/users/{id}"), None),
        (Method::DELETE, format!("/v1/users/{id}/sessions"), None),
        (Method::POST, format!("/v1/users/{id}/unlock"), None),
        (
            Method::PUT,
            format!("/v1/users/{}/roles/admin", own_id(&user.client)),
            None,
        ),
        (Method::DELETE, format!("/v1/users/{id}/roles/admin"), None),
    ];
    for (method, path, body) in calls {
        let call = |client: &Client| {
            client
                .try_send(method.clone(), &path, body.as_ref())
                .unwrap()
        };
        call(&user.client).expect_problem(403, "forbidden");
        call(&server.client()).expect_problem(401, "token-required");
    }
    assert_eq!(admin.get("/v1/me").expect(200).json()["status"], "active");
}

#[test]
fn an_administrator_does_nothing_to_the_own_account() {
    let (_server, admin, _) = server_with_users();
    let path = format!("/v1/users/{}", own_id(&admin));
    admin
        .patch(&path, &json!({ "status": "disabled" }))
        .expect_problem(403, "own-account");
    admin.delete(&path).expect_problem(403, "own-account");
    admin
        .delete(&format!("{path}/roles/admin"))
        .expect_problem(403, "own-account");
}

#[test]
fn a_made_account_begins_with_a_password_to_replace() {
    let (server, admin, _) = server_with_users();
    let created = admin.post(
        "/v1/users",
        &json!({ "email": "dan@example.com", "roles": ["user"] }),
    );
    let created = created.expect(201);
    assert_eq!(
        created.header("location"),
        format!("/v1/users/{}", created.text("id"))
    );
    let initial = created.text("initial_password");
    assert!(created.json()["initial_password_expires_at"].is_string());

    let client = server.client();
    client
        .try_login("dan@example.com", &initial)
        .expect_problem(403, "password-replacement-required");
    let body =
        json!({ "email": "dan@example.com", "password": initial, "new_password": NEW_PASSWORD });
    client.post("/v1/login", &body).expect(200);
    client
        .post("/v1/login", &body)
        .expect_problem(401, "invalid-credentials");
    client
        .try_login("dan@example.com", NEW_PASSWORD)
        .expect(200);

    for (body, status, slug) in [
        (json!({ "email": "DAN@example.com" }), 409, "email-taken"),
        (
            json!({ "email": "erin@example.com", "roles": ["nobody"] }),
            422,
            "invalid-request",
        ),
        (json!({ "email": "not an address" }), 422, "invalid-request"),
    ] {
        admin.post("/v1/users", &body).expect_problem(status, slug);
    }
}

#[test]
fn accounts_are_listed_in_pages() {
    let (_server, admin, _) = server_with_users();
    for name in ["carl", "cara", "cate"] {
        admin
            .post(
                "/v1/users",
                &json!({ "email": format!("{name}@example.com") }),
            )
            .expect(201);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin
            .get(&format!("/v1/users?limit=2{cursor}"))
            .expect(200)
            .json();
        assert!(emails(&page).len() <= 2);
        seen.extend(emails(&page));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let all = ["ada", "bob", "cara", "carl", "cate"].map(|name| format!("{name}@example.com"));
    assert_eq!(seen, all);
    let found = admin.get("/v1/users?search=car").expect(200).json();
    assert_eq!(emails(&found), all[2..4]);
    for query in ["limit=0", "limit=x", "cursor=forged", "colour=red"] {
        admin
            .get(&format!("/v1/users?{query}"))
            .expect_problem(422, "invalid-request");
    }
}

#[test]
fn a_disabled_account_has_no_session_and_gets_none() {
    let (server, admin, user) = server_with_users();
    let path = format!("/v1/users/{}", own_id(&user.client));
    let status = |status: &str| {
        admin
            .patch(&path, &json!({ "status": status }))
            .expect(200)
            .json()
    };
    assert_eq!(status("disabled")["status"], "disabled");
    server
        .client()
        .refresh(&user.refresh)
        .expect_problem(400, "invalid-grant");
    user.client
        .get("/v1/me")
        .expect_problem(401, "invalid-token");
    server
        .client()
        .try_login(USER, PASSWORD)
        .expect_problem(403, "account-disabled");
    assert_eq!(status("active")["status"], "active");
    server
        .client()
        .refresh(&user.refresh)
        .expect_problem(400, "invalid-grant");
    server.client().login(USER);
}

#[test]
fn a_deleted_account_is_gone_and_its_address_free() {
    let (server, admin, user) = server_with_users();
    let path = format!("/v1/users/{}", own_id(&user.client));
    admin.get(&path).expect(200);
    admin.delete(&path).expect(204);
    admin.get(&path).expect_problem(404, "account-not-found");
    server
        .client()
        .refresh(&user.refresh)
        .expect_problem(400, "invalid-grant");
    server
        .client()
        .try_login(USER, PASSWORD)
        .expect_problem(401, "invalid-credentials");
    let anew = server.client().join(USER);
    assert!(!path.ends_with(&own_id(&anew.client)));
}

#[test]
fn an_administrator_ends_the_sessions_of_one_account() {
    let (server, admin, user) = server_with_users();
    let other = server.client().login(USER);
    admin
        .delete(&format!("/v1/users/{}/sessions", own_id(&user.client)))
        .expect(204);
    for session in [&user, &other] {
        server
            .client()
            .refresh(&session.refresh)
            .expect_problem(400, "invalid-grant");
    }
    admin.get("/v1/me").expect(200);
}

#[test]
fn a_throttled_owner_logs_in_from_a_known_device_and_once_unlocked() {
    let (server, admin, user) = server_with_users();
    let client = server.client();
    for _ in 0..5 {
        client
            .try_login(USER, "not the password at all")
            .expect_problem(401, "invalid-credentials");
    }
    let blocked = client
        .try_login(USER, PASSWORD)
        .expect_problem(429, "too-many-attempts");
    let wait: u64 = blocked.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let body = json!({ "email": USER, "password": PASSWORD, "device_token": user.device });
    client.post("/v1/login", &body).expect(200);

    let unlock = format!("/v1/users/{}/unlock", own_id(&user.client));
    admin.call(Method::POST, &unlock).expect(204);
    client.login(USER);
}

#[test]
fn unknown_accounts_and_roles_are_not_found() {
    let (_server, admin, user) = server_with_users();
    let unknown = "/v1/users/01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01";
    admin.get(unknown).expect_problem(404, "account-not-found");
    admin
        .delete(unknown)
        .expect_problem(404, "account-not-found");
    admin
        .delete(&format!("{unknown}/sessions"))
        .expect_problem(404, "account-not-found");
    admin
        .call(Method::POST, &format!("{unknown}/unlock"))
        .expect_problem(404, "account-not-found");
    let role = format!("/v1/users/{}/roles/nobody", own_id(&user.client));
    admin
        .call(Method::PUT, &role)
        .expect_problem(404, "role-not-found");
}
