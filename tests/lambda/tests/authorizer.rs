//! The binary `authorizer` through Lambda's own protocol.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_crypto::algorithm::Algorithm;
use auth_edge_tests::{AUDIENCE, ISSUER, TestIssuer, test_claims};
use auth_lambda_tests::{Function, INIT, Outcome};
use serde_json::{Value, json};
use tempfile::TempDir;

const TIME: Duration = Duration::from_secs(20);
const ARN: &str = "arn:aws:execute-api:eu-west-1:111122223333:abcdef123/prod";
const POLICY: &str = "
[roles.admin]
allow = ['*:*']
[roles.user]
[[routes]]
path = '/articles/{id}'
permission = 'articles:read'
[[routes]]
path = '/me'
access = 'token'
";

struct Test {
    issuer: TestIssuer,
    folder: TempDir,
}

impl Test {
    fn new() -> Self {
        let issuer = TestIssuer::new(Algorithm::EdDsa, "a");
        let folder = TempDir::new().expect("a folder");
        let keys = json!({ "keys": [issuer.jwk()] }).to_string();
        fs::write(folder.path().join("jwks.json"), keys).expect("a file");
        fs::write(folder.path().join("policy.toml"), POLICY).expect("a file");
        Self { issuer, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn token(&self, roles: &[&str]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = u64::try_from(now.expect("after 1970").as_millis()).expect("it fits");
        self.issuer.sign(&test_claims(ISSUER, AUDIENCE, now, roles))
    }

    async fn start(&self, jwks: &str) -> Function {
        let policy = self.path("policy.toml");
        Function::start_authorizer(&variables(jwks, &policy)).await
    }
}

fn variables<'a>(jwks: &'a str, policy: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("COUNTERSIGN_ISSUER", ISSUER),
        ("COUNTERSIGN_AUDIENCE", AUDIENCE),
        ("COUNTERSIGN_JWKS", jwks),
        ("COUNTERSIGN_POLICY", policy),
    ]
}

fn token_event(token: &str, path: &str) -> Value {
    json!({
        "type": "TOKEN",
        "authorizationToken": format!("Bearer {token}"),
        "methodArn": format!("{ARN}/GET{path}"),
    })
}

async fn ask(function: &Function, event: Value) -> Value {
    match function.invoke(event.to_string(), TIME).await {
        Outcome::Response(body) | Outcome::Error(body) => {
            serde_json::from_slice(&body).expect("an answer is JSON")
        }
    }
}

#[tokio::test]
async fn it_judges_by_token_permission_and_route() {
    let test = Test::new();
    let function = test.start(&test.path("jwks.json")).await;
    assert!(function.cold_start() < INIT);
    let (admin, user) = (test.token(&["admin"]), test.token(&["user"]));
    for (token, path, effect) in [
        (&admin, "/articles/7", "Allow"),
        (&user, "/articles/7", "Deny"),
        (&user, "/me", "Allow"),
        (&admin, "/other", "Deny"),
    ] {
        let answer = ask(&function, token_event(token, path)).await;
        let statement = &answer["policyDocument"]["Statement"][0];
        assert_eq!(statement["Effect"], effect, "{path}: {answer}");
        assert_eq!(statement["Resource"][0], format!("{ARN}/GET{path}"));
    }
    // API Gateway answers 401 for exactly this message.
    let answer = ask(&function, token_event("a.b.c", "/me")).await;
    assert_eq!(answer["errorMessage"], "Unauthorized");
    let answer = ask(&function, json!({ "key1": "value1" })).await;
    assert_eq!(answer["errorType"], "UnsupportedEvent");
    assert!(function.log().contains("refused"));
    assert!(!function.log().contains(&user), "a token is in the log");
}

#[tokio::test]
async fn it_starts_without_keys_and_lets_no_token_pass() {
    let test = Test::new();
    let function = test.start("http://127.0.0.1:1/jwks.json").await;
    let answer = ask(&function, token_event(&test.token(&["admin"]), "/me")).await;
    assert_eq!(answer["errorType"], "Unavailable", "{answer}");
    assert_eq!(answer["errorMessage"], "tokens cannot be checked now");
}

#[tokio::test]
async fn a_bad_setting_ends_it_with_one_sentence() {
    let test = Test::new();
    let bad = test.path("bad.toml");
    fs::write(&bad, "[[routes]]\npath = 'a'\naccess = 'token'\n").expect("a file");
    for (name, value, sentence) in [
        ("COUNTERSIGN_ISSUER", "", "COUNTERSIGN_ISSUER is not set"),
        (
            "COUNTERSIGN_JWKS",
            "http://auth.example.org/jwks.json",
            "COUNTERSIGN_JWKS cannot be `http://auth.example.org/jwks.json`: http is for this \
             machine alone: use https",
        ),
        (
            "COUNTERSIGN_POLICY",
            &bad,
            ":2:8: routes[0].path: `a` must begin with `/`",
        ),
        ("LOG_LEVEL", "loud", "LOG_LEVEL cannot be `loud`"),
    ] {
        let (keys, policy) = (test.path("jwks.json"), test.path("policy.toml"));
        let mut all = variables(&keys, &policy).to_vec();
        all.retain(|(known, _)| *known != name);
        all.push((name, value));
        let mut function = Function::spawn_authorizer(&all).await;
        assert_eq!(function.wait().await.code(), Some(1), "{name}");
        let log = function.log();
        assert!(
            log.starts_with("error: ") && log.contains(sentence),
            "{log}"
        );
    }
}
