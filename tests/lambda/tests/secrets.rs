//! Keys and credentials from Secrets Manager, and their rotation.
//!
//! `tests/aws/with-moto` provides Secrets Manager, `tests/mongo/with-server` the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use auth_end_to_end::PASSWORD;
use auth_faults::{Fault, Proxy, TestDatabase, client, server_address};
use auth_lambda_tests::{Api, Function, INIT, NOWHERE, SECRET, Secrets, variables, with};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mongodb::bson::doc;
use serde_json::json;
use tokio::task::JoinSet;

/// The variables of a function that reads its secrets from Secrets Manager.
fn reading<'a>(
    secrets: &'a Secrets,
    uri: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    with(with(variables(uri), &secrets.variables()), more)
}

/// A secret for HS256 that differs from those with another beginning.
fn key(first: &str) -> String {
    SECRET.replacen('q', first, 1)
}

async fn jwks(function: &Function) -> Option<String> {
    let answer = function
        .call(Api::Rest.get("/.well-known/jwks.json").event())
        .await;
    if answer.status() == 200 {
        return Some(String::from_utf8_lossy(answer.body()).into_owned());
    }
    answer.expect_unavailable();
    None
}

#[tokio::test]
async fn a_key_by_name_and_by_arn_is_the_key_itself() {
    let secrets = Secrets::new();
    let name = Secrets::name("key");
    let arn = secrets.create(&name, SECRET).await;
    for reference in [format!("secretsmanager:{name}"), arn] {
        let all = reading(&secrets, NOWHERE, &[("JWT_SECRET_KEY", &reference)]);
        let function = Function::start(&all).await;
        assert!(jwks(&function).await.is_some(), "{}", function.log());
        assert!(!function.log().contains(SECRET));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_secret_is_named_in_the_log_and_not_in_the_answer() {
    let secrets = Secrets::new();
    let [missing, weak, binary] = ["missing", "weak", "binary"].map(Secrets::name);
    secrets.create(&weak, "hunter2").await;
    secrets.create_binary(&binary, b"hunter2").await;
    for (name, reason) in [
        (&missing, "there is no secret"),
        (&weak, "at least 32 bytes"),
        (&binary, "malformed: it is text, not bytes"),
    ] {
        let reference = format!("secretsmanager:{name}");
        let all = reading(&secrets, NOWHERE, &[("JWT_SECRET_KEY", &reference)]);
        let function = Function::start(&all).await;
        assert_eq!(jwks(&function).await, None);
        let log = function.log();
        assert!(
            log.contains(reason) && !log.contains("hunter2"),
            "{reason}: {log}"
        );
    }
    // Without credentials the function may read no secret.
    let reference = format!("secretsmanager:{weak}");
    let mut all = reading(&secrets, NOWHERE, &[("JWT_SECRET_KEY", &reference)]);
    all.retain(|(name, _)| *name != "AWS_ACCESS_KEY_ID");
    let function = Function::start(&all).await;
    assert_eq!(jwks(&function).await, None);
    assert!(
        function.log().contains("is not allowed"),
        "{}",
        function.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_secrets_manager_recovers_when_it_is_there() {
    let secrets = Secrets::new();
    let name = Secrets::name("late");
    secrets.create(&name, SECRET).await;
    let target = secrets.url().trim_start_matches("http://").to_owned();
    let proxy = Proxy::start(target).await;
    let (reference, url) = (
        format!("secretsmanager:{name}"),
        format!("http://{}", proxy.address()),
    );
    let through = [
        ("JWT_SECRET_KEY", &*reference),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &*url),
    ];
    let all = reading(&secrets, NOWHERE, &through);
    for (fault, reason) in [
        (Fault::Down, "gives no answer"),
        (Fault::BlackHole, "took too long"),
    ] {
        proxy.set(fault);
        let function = Function::start(&all).await;
        assert!(function.cold_start() < INIT);
        assert_eq!(jwks(&function).await, None);
        assert!(function.log().contains(reason), "{}", function.log());
        proxy.set(Fault::None);
        let end = Instant::now() + Duration::from_secs(30);
        while jwks(&function).await.is_none() {
            assert!(Instant::now() < end, "{}", function.log());
        }
    }
}

/// A user of the database whose password the test changes.
struct User {
    admin: mongodb::Database,
    name: String,
}

impl User {
    async fn create(database: &TestDatabase, password: &str) -> Self {
        let user = Self {
            admin: client(database.uri()).await.database("admin"),
            name: Secrets::name("rotating"),
        };
        let roles = ["readWriteAnyDatabase", "clusterAdmin"];
        let roles: Vec<_> = roles
            .map(|role| doc! { "role": role, "db": "admin" })
            .into();
        let made = doc! { "createUser": &user.name, "pwd": password, "roles": roles };
        user.admin.run_command(made).await.expect("a user");
        user
    }

    async fn change_password(&self, password: &str) {
        let change = doc! { "updateUser": &self.name, "pwd": password };
        self.admin
            .run_command(change)
            .await
            .expect("a new password");
    }

    async fn drop(self) {
        let gone = doc! { "dropUser": &self.name };
        self.admin.run_command(gone).await.expect("no user");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_rotates_under_traffic_fails_no_request() {
    const OLD: &str = "yesterday:/?#[]@%&";
    const NEW: &str = "tomorrow:/?#[]@%&";
    let (secrets, database) = (Secrets::new(), TestDatabase::new());
    database.store().await.close().await;
    let user = User::create(&database, OLD).await;
    let document = |password: &str| json!({ "username": user.name, "password": password });
    let secret = Secrets::name("database");
    secrets.create(&secret, &document(OLD).to_string()).await;

    let proxy = Proxy::start(server_address()).await;
    let uri = without_user(&database.uri_through(proxy.address()));
    let reference = format!("secretsmanager:{secret}");
    let own = [
        ("COUNTERSIGN_MONGODB_SECRET", &*reference),
        ("AWS_LAMBDA_MAX_CONCURRENCY", "4"),
    ];
    let all = reading(&secrets, &uri, &own);
    let function = Arc::new(Function::start(&all).await);
    let traffic = Traffic::start(&function);
    traffic.flows("before the rotation").await;
    let next = secrets.stage(&secret, &document(NEW).to_string()).await;
    traffic.flows("while it is pending").await;
    user.change_password(NEW).await;
    traffic.flows("on connections of the old password").await;
    // A new connection is refused with the old password, which is still the current one.
    proxy.reset();
    traffic.flows("with the password that is pending").await;
    secrets.finish(&secret, &next).await;
    proxy.reset();
    traffic.flows("with the new password").await;
    traffic.stop().await;
    user.drop().await;
    let log = function.log();
    assert!(log.contains("refuses the credentials"), "{log}");
    assert!(
        !log.contains("yesterday") && !log.contains("tomorrow"),
        "{log}"
    );
}

/// Registrations in parallel, each of which must be accepted.
struct Traffic {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    clients: JoinSet<()>,
}

impl Traffic {
    fn start(function: &Arc<Function>) -> Self {
        let (stop, count) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut clients = JoinSet::new();
        for client in 0..4 {
            let (function, stop, count) = (function.clone(), stop.clone(), count.clone());
            clients.spawn(async move {
                for number in 0.. {
                    let email = format!("user-{client}-{number}@example.com");
                    let body = json!({ "email": email, "password": PASSWORD });
                    // Each comes from another source, since one may not register so often.
                    let source = format!("2001:db8:{client}:{number:x}::1");
                    let call = Api::ALL[client % 2].post("/v1/register", &body);
                    let call = call.from(&source).event();
                    let answer = function.call(call).await;
                    assert_eq!(answer.status(), 202, "{answer:?}: {}", function.log());
                    count.fetch_add(1, Ordering::Relaxed);
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                }
            });
        }
        Self {
            stop,
            count,
            clients,
        }
    }

    /// Waits until more requests were answered than can be in flight at once.
    async fn flows(&self, when: &str) {
        let seen = self.count.load(Ordering::Relaxed);
        let more = || (self.count.load(Ordering::Relaxed) > seen + 8).then_some(());
        auth_lambda_tests::wait_for(when, more).await;
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.join_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sandboxes_of_each_stage_of_a_rotation_accept_the_tokens_of_all() {
    let (secrets, database) = (Secrets::new(), TestDatabase::new());
    database.store().await.close().await;
    let (secret, refresh) = (Secrets::name("key"), key("refresh"));
    secrets.create(&secret, &key("old")).await;
    let reference = format!("secretsmanager:{secret}");
    let own = [
        ("JWT_SECRET_KEY", &*reference),
        ("COUNTERSIGN_REFRESH_SECRET", &*refresh),
    ];
    let all = reading(&secrets, database.uri(), &own);
    let before = Function::start(&all).await;
    let next = secrets.stage(&secret, &key("new")).await;
    let during = Function::start(&all).await;
    secrets.finish(&secret, &next).await;
    let after = Function::start(&all).await;

    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    before
        .call(Api::Rest.post("/v1/register", &body).event())
        .await
        .expect(202);
    let log_in = async |function: &Function| {
        let answer = function
            .call(Api::Rest.post("/v1/login", &body).event())
            .await;
        let answer = answer.expect(200);
        (answer.text("access_token"), answer.text("refresh_token"))
    };
    let (old, new) = (log_in(&before).await, log_in(&after).await);
    // A function that read its key before the next one existed reads again when it meets a token of
    // that key.
    for token in [&old, &new] {
        for function in [&before, &during, &after] {
            let call = Api::Http.get("/v1/me").bearer(&token.0);
            function.call(call.event()).await.expect(200);
        }
    }
    // The session began before the rotation and goes on after it.
    let body = json!({ "refresh_token": old.1 });
    after
        .call(Api::Http.post("/v1/token/refresh", &body).event())
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_outlive_a_rotation_of_the_refresh_secret() {
    let (secrets, database) = (Secrets::new(), TestDatabase::new());
    database.store().await.close().await;
    let (secret, signing) = (Secrets::name("refresh"), key("signing"));
    secrets.create(&secret, &key("old")).await;
    let reference = format!("secretsmanager:{secret}");
    let own = [
        ("JWT_SECRET_KEY", &*signing),
        ("COUNTERSIGN_REFRESH_SECRET", &*reference),
    ];
    let all = reading(&secrets, database.uri(), &own);
    let before = Function::start(&all).await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let register = Api::Rest.post("/v1/register", &body).event();
    before.call(register).await.expect(202);
    let log_in = async |function: &Function| {
        let login = Api::Rest.post("/v1/login", &body).event();
        function.call(login).await.expect(200).text("refresh_token")
    };
    let refresh = async |function: &Function, token: &str| {
        let body = json!({ "refresh_token": token });
        let call = Api::Http.post("/v1/token/refresh", &body).event();
        function.call(call).await
    };
    let (kept, ended) = (log_in(&before).await, log_in(&before).await);
    let next = secrets.stage(&secret, &key("new")).await;
    let during = Function::start(&all).await;
    secrets.finish(&secret, &next).await;
    let after = Function::start(&all).await;
    let kept = refresh(&after, &kept)
        .await
        .expect(200)
        .text("refresh_token");
    // A function that has not read the secret again since it was pending accepts tokens of it.
    refresh(&during, &kept).await.expect(200);

    secrets.forget_previous(&secret).await;
    let without_old = Function::start(&all).await;
    let refused = refresh(&without_old, &ended).await;
    refused.expect_problem(400, "invalid-grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaked_key_that_lost_its_label_is_refused() {
    let (secrets, database) = (Secrets::new(), TestDatabase::new());
    database.store().await.close().await;
    let (secret, refresh) = (Secrets::name("leaked"), key("refresh"));
    secrets.create(&secret, &key("old")).await;
    let reference = format!("secretsmanager:{secret}");
    let own = [
        ("JWT_SECRET_KEY", &*reference),
        ("COUNTERSIGN_REFRESH_SECRET", &*refresh),
    ];
    let all = reading(&secrets, database.uri(), &own);
    let before = Function::start(&all).await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let register = Api::Rest.post("/v1/register", &body).event();
    before.call(register).await.expect(202);
    let login = before
        .call(Api::Rest.post("/v1/login", &body).event())
        .await;
    let token = login.expect(200).text("access_token");
    let me = || Api::Http.get("/v1/me").bearer(&token).event();

    let next = secrets.stage(&secret, &key("new")).await;
    secrets.finish(&secret, &next).await;
    let rotated = Function::start(&all).await;
    rotated.call(me()).await.expect(200);
    secrets.forget_previous(&secret).await;
    let after = Function::start(&all).await;
    after.call(me()).await.expect_problem(401, "invalid-token");
    // A running function reads its secrets again when a token names a key that it does not know.
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"unknown","typ":"at+jwt"}"#);
    let unknown = Api::Http.get("/v1/me").bearer(&format!("{head}.e30.AA"));
    rotated.call(unknown.event()).await.expect(401);
    rotated
        .call(me())
        .await
        .expect_problem(401, "invalid-token");
}

fn without_user(uri: &str) -> String {
    let (_, rest) = uri.rsplit_once('@').expect("credentials");
    format!("mongodb://{rest}")
}
