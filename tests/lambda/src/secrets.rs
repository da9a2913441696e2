//! A client of the AWS Secrets Manager that `tests/aws/with-moto` simulates.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_secretsmanager::primitives::Blob;

const SERVER: &str = "COUNTERSIGN_TEST_SECRETS_URL";
const KEY_ID: &str = "AKIATEST";
const ACCESS_KEY: &str = "not-a-secret";

/// A client that creates the secrets of one test, under names of its own.
pub struct Secrets {
    client: Client,
    url: String,
}

impl Secrets {
    /// A client of the server that the environment names.
    ///
    /// # Panics
    /// When the variable is not set.
    #[must_use]
    pub fn new() -> Self {
        let url = env::var(SERVER);
        let url = url.unwrap_or_else(|_| panic!("{SERVER} is not set: see tests/aws/with-moto"));
        let credentials = Credentials::new(KEY_ID, ACCESS_KEY, None, None, "test");
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(credentials)
            .endpoint_url(&url);
        Self {
            client: Client::from_conf(config.build()),
            url,
        }
    }

    /// The URL of the server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The variables of a function that may read the secrets.
    #[must_use]
    pub fn variables(&self) -> [(&str, &str); 3] {
        [
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.url),
            ("AWS_ACCESS_KEY_ID", KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY),
        ]
    }

    /// A name that no other secret has.
    ///
    /// # Panics
    /// When the clock is before 1970.
    #[must_use]
    pub fn name(what: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        format!("{what}-{}", now.expect("after 1970").as_nanos())
    }

    /// Creates a secret whose bytes are not text.
    ///
    /// # Panics
    /// When the server refuses the call.
    pub async fn create_binary(&self, name: &str, value: &[u8]) {
        let made = self.client.create_secret().name(name);
        let made = made.secret_binary(Blob::new(value)).send();
        made.await.expect("a secret");
    }

    /// Creates a secret and returns its ARN.
    ///
    /// # Panics
    /// When the server refuses the call.
    pub async fn create(&self, name: &str, value: &str) -> String {
        let made = self.client.create_secret().name(name).secret_string(value);
        made.send().await.expect("a secret").arn.expect("its ARN")
    }

    /// The text of a secret's current version.
    ///
    /// # Panics
    /// When the server refuses the call.
    pub async fn read(&self, name: &str) -> String {
        let found = self.client.get_secret_value().secret_id(name).send().await;
        found.expect("a version").secret_string.expect("its text")
    }

    /// Writes the next version as pending, so that the current one stays in use, and returns its
    /// id.
    ///
    /// # Panics
    /// When the server refuses the call.
    pub async fn stage(&self, name: &str, value: &str) -> String {
        let put = self.client.put_secret_value().secret_id(name);
        let put = put.secret_string(value).version_stages("AWSPENDING");
        put.send()
            .await
            .expect("a version")
            .version_id
            .expect("its id")
    }

    /// Takes the label of the version before the current one off it.
    ///
    /// # Panics
    /// When the server refuses the call.
    pub async fn forget_previous(&self, name: &str) {
        let previous = self.client.get_secret_value().secret_id(name);
        let previous = previous.version_stage("AWSPREVIOUS").send().await;
        let previous = previous.expect("a version").version_id.expect("its id");
        let removed = self
            .client
            .update_secret_version_stage()
            .secret_id(name)
            .version_stage("AWSPREVIOUS")
            .remove_from_version_id(previous);
        removed.send().await.expect("the label is off");
    }

    /// Makes the next version the current one.
    ///
    /// # Panics
    /// When the server refuses the call.
    pub async fn finish(&self, name: &str, next: &str) {
        let current = self.client.get_secret_value().secret_id(name).send().await;
        let current = current.expect("a secret").version_id.expect("its id");
        let moved = self
            .client
            .update_secret_version_stage()
            .secret_id(name)
            .version_stage("AWSCURRENT")
            .move_to_version_id(next)
            .remove_from_version_id(current);
        moved.send().await.expect("the stage moves");
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self::new()
    }
}
