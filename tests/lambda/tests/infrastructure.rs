//! The function as `infra/` configures it: the variables of each stage with the policy of a team, and
//! the migration that a deployment runs. `infra/test/environments.json` has the variables from the
//! synthesised templates; what only AWS knows stands in it in angle brackets.

use std::collections::BTreeMap;
use std::fs;

use auth_end_to_end::PASSWORD;
use auth_faults::{TestDatabase, client, server_credentials};
use auth_lambda_tests::{Api, Function, NOWHERE, Outcome, SECRET, Secrets, variables, with};
use mongodb::bson::doc;
use serde_json::{Value, json};

const ENVIRONMENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../infra/test/environments.json"
);
/// Where Lambda unpacks the layers of a function, and what they hold here.
const LAYERS: (&str, &str) = ("/opt", concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
const TIME: std::time::Duration = std::time::Duration::from_secs(60);

/// The variables of each stage, by the functions `service` and `migration`, and as `policy` what both
/// have in addition where a policy is shipped.
type Environments = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

fn environments() -> Environments {
    let text = fs::read_to_string(ENVIRONMENTS).expect("the variables of the stages");
    serde_json::from_str(&text).expect("JSON")
}

/// What takes the place of what only AWS knows.
struct Deployment {
    database: TestDatabase,
    secrets: Secrets,
    admin: mongodb::Database,
    user: String,
    values: BTreeMap<&'static str, String>,
}

impl Deployment {
    async fn new() -> Self {
        let (database, secrets) = (TestDatabase::new(), Secrets::new());
        let user = Secrets::name("countersign");
        let admin = client(database.uri()).await.database("admin");
        let (master, password) = server_credentials();
        let document = |user: &str, password: &str| {
            json!({ "username": user, "password": password, "ssl": true }).to_string()
        };
        let [cluster, own, key, refresh, setup] =
            ["master", "user", "key", "refresh", "setup"].map(Secrets::name);
        let values = BTreeMap::from([
            (
                "<master secret>",
                secrets
                    .create(&cluster, &document(&master, &password))
                    .await,
            ),
            (
                "<application secret>",
                secrets.create(&own, &document(&user, SECRET)).await,
            ),
            ("<signing key>", secrets.create(&key, SECRET).await),
            (
                "<refresh secret>",
                secrets.create(&refresh, &SECRET.replace('q', "r")).await,
            ),
            ("<origin key>", ORIGIN_KEY.to_owned()),
            ("<set-up token>", secrets.create(&setup, "none yet").await),
        ]);
        Self {
            database,
            secrets,
            admin,
            user,
            values,
        }
    }

    /// The variables of a function of a stage with values of this deployment, and those of Lambda.
    fn fill(
        &self,
        stage: &BTreeMap<String, BTreeMap<String, String>>,
        function: &str,
    ) -> Vec<(String, String)> {
        let own = stage[function].iter().chain(&stage["policy"]);
        let filled = own.map(|(name, value)| {
            let value = match (name.as_str(), self.values.get(value.as_str())) {
                ("MONGODB_URI", _) => self.database.uri_of(None),
                (_, Some(value)) => value.clone(),
                (_, None) => value.replace("<api>", "abc123").replace(LAYERS.0, LAYERS.1),
            };
            assert!(
                !value.contains('<'),
                "{name}: nothing takes the place of `{value}`"
            );
            (name.clone(), value)
        });
        let own = self
            .secrets
            .variables()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        filled.chain(own).collect()
    }

    /// The migration finds a user, because the server of these tests knows no roles of one database.
    async fn create_user(&self) {
        let roles = ["readWriteAnyDatabase", "clusterAdmin"];
        let roles: Vec<_> = roles
            .map(|role| doc! { "role": role, "db": "admin" })
            .into();
        let made = doc! { "createUser": &self.user, "pwd": SECRET, "roles": roles };
        self.admin.run_command(made).await.expect("a user");
    }

    async fn drop_user(&self) {
        self.admin
            .run_command(doc! { "dropUser": &self.user })
            .await
            .expect("no user");
    }
}

async fn migrate(function: &Function) -> Value {
    match function
        .invoke(r#"{"task":"migrate"}"#.to_owned(), TIME)
        .await
    {
        Outcome::Response(body) => serde_json::from_slice(&body).expect("JSON"),
        Outcome::Error(body) => panic!("{}", String::from_utf8_lossy(&body)),
    }
}

/// The addresses of a client and of the edge that the API sees.
const CLIENT: &str = "203.0.113.5";
const EDGE: &str = "198.51.100.7";
const ORIGIN_KEY: &str = "k1a2b3c4d5";

/// One source has registered as often as it may. Behind an edge the next client is another source, and
/// without one nobody is whom a client names.
async fn meet_the_throttle(service: &Function, stage: &str) {
    let body = json!({ "email": "grace@example.com", "password": PASSWORD });
    let register = || Api::Rest.post("/v1/register", &body).from(EDGE);
    let refused = service.call(register().event()).await;
    refused.expect_problem(429, "too-many-attempts");
    let next = register()
        .header("X-Forwarded-For", &format!("{CLIENT}, {EDGE}"))
        .set("/requestContext/identity/apiKeyId", json!(ORIGIN_KEY));
    let status = if stage.ends_with("-edge") { 201 } else { 429 };
    assert_eq!(service.call(next.event()).await.status(), status, "{stage}");
}

/// A customer registers, and may do what the policy of the team says and the defaults do not know.
async fn buy(service: &Function, stage: &str) {
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let register = || service.call(Api::Rest.post("/v1/register", &body).from(EDGE).event());
    let registered = register().await.expect(201).json();
    assert_eq!(registered["roles"], json!(["customer"]), "{stage}");
    register().await.expect_problem(409, "email-taken");
    let login = Api::Rest.post("/v1/login", &body).event();
    let access = service.call(login).await.expect(200).text("access_token");
    for (permission, allowed) in [("orders:read", true), ("orders:cancel", false)] {
        let question = json!({ "permission": permission });
        let call = Api::Rest.post("/v1/authorize", &question).bearer(&access);
        let decision = service.call(call.event()).await.expect(200).json();
        assert_eq!(decision["allowed"], allowed, "{stage} {permission}");
    }
}

fn borrowed(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stage_migrates_twice_and_serves_a_team_under_its_policy() {
    let all = environments();
    assert_eq!(
        all.keys().collect::<Vec<_>>(),
        ["development", "production", "production-edge", "staging"]
    );
    for (stage, functions) in all {
        let deployment = Deployment::new().await;
        deployment.create_user().await;
        let migration = deployment.fill(&functions, "migration");
        let migration = with(borrowed(&migration), &[("_HANDLER", "migrate")]);
        let migration = Function::start(&migration).await;
        let first = migrate(&migration).await;
        assert!(
            !first["steps"].as_array().expect("steps").is_empty(),
            "{stage}: {first}"
        );
        let second = migrate(&migration).await;
        assert_eq!(second["steps"], json!([]), "{stage}");
        assert_eq!(second["setup_token_stored"], true, "{stage}");

        let service = deployment.fill(&functions, "service");
        let service = with(borrowed(&service), &[("_HANDLER", "bootstrap")]);
        let service = Function::start(&service).await;
        let ready = Api::Rest.get("/readyz").event();
        service.call(ready).await.expect(200);
        let token = deployment
            .secrets
            .read(&deployment.values["<set-up token>"])
            .await;
        let body = json!({ "token": token, "email": "ops@example.com", "password": PASSWORD });
        service
            .call(Api::Rest.post("/v1/setup", &body).event())
            .await
            .expect(201);
        let body = json!({ "email": "ops@example.com", "password": PASSWORD });
        let tokens = service
            .call(Api::Rest.post("/v1/login", &body).event())
            .await;
        let access = tokens.expect(200).text("access_token");
        let me = Api::Rest.get("/v1/me").bearer(&access).event();
        assert_eq!(
            service.call(me).await.expect(200).text("email"),
            "ops@example.com"
        );
        buy(&service, &stage).await;
        meet_the_throttle(&service, &stage).await;
        assert_eq!(
            migrate(&migration).await["setup_token_stored"],
            false,
            "{stage}"
        );
        for log in [migration.log(), service.log()] {
            assert!(
                !log.contains(&token) && !log.contains(SECRET),
                "{stage}: {log}"
            );
        }
        deployment.drop_user().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_says_why_in_one_sentence() {
    let secrets = Secrets::new();
    let missing = format!("secretsmanager:{}", Secrets::name("missing"));
    let variables = with(variables(NOWHERE), &secrets.variables());
    let variables = with(
        variables,
        &[
            ("COUNTERSIGN_MONGODB_USER_SECRET", &missing),
            ("_HANDLER", "migrate"),
        ],
    );
    let function = Function::start(&variables).await;
    let Outcome::Error(body) = function.invoke("{}".to_owned(), TIME).await else {
        panic!("there is no such secret");
    };
    let error: Value = serde_json::from_slice(&body).expect("JSON");
    let message = error["errorMessage"].as_str().expect("a message");
    assert!(message.starts_with("there is no secret `"), "{message}");
}
