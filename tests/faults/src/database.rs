//! A database for one test, which is dropped at its end.

use std::net::SocketAddr;
use std::thread;

use auth_documentdb::{ConnectionSettings, DocumentDbStore};
use auth_runtime::SecretText;
use mongodb::Client;
use mongodb::options::ConnectionString;
use tokio::runtime;
use uuid::Uuid;

/// The environment variable with the connection string of the server.
pub const SERVER: &str = "COUNTERSIGN_TEST_MONGODB_URI";

/// The connection string of the server.
///
/// # Panics
/// When the variable is not set.
#[must_use]
pub fn server_uri() -> String {
    std::env::var(SERVER)
        .unwrap_or_else(|_| panic!("{SERVER} is not set: run this under tests/mongo/with-server"))
}

/// The first host of the connection string, with its port.
///
/// # Panics
/// When the variable is not set.
#[must_use]
pub fn server_address() -> String {
    let hosts = Address::of(&server_uri()).hosts;
    let first = hosts.split(',').next().unwrap_or_default();
    match first.contains(':') {
        true => first.to_owned(),
        false => format!("{first}:27017"),
    }
}

/// The user and the password of the connection string.
///
/// # Panics
/// When the variable is not set, or names neither.
#[must_use]
pub fn server_credentials() -> (String, String) {
    let uri = ConnectionString::parse(server_uri()).expect("a connection string");
    let credential = uri.credential.expect("credentials");
    (
        credential.username.expect("a user"),
        credential.password.expect("a password"),
    )
}

/// A client of the driver, for operations that a store lacks.
///
/// # Panics
/// When the connection string cannot be used.
pub async fn client(uri: &str) -> Client {
    Client::with_uri_str(uri).await.expect("a client")
}

/// A new, empty database on the server.
pub struct TestDatabase {
    name: String,
    uri: String,
}

impl TestDatabase {
    /// A database with a name of its own. The server creates it at the first write.
    #[must_use]
    pub fn new() -> Self {
        let name = format!("countersign_{}", Uuid::new_v4().simple());
        let uri = Address::of(&server_uri()).with_database(&name).to_string();
        Self { name, uri }
    }

    /// The connection string that reaches the database directly.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The connection string that reaches the database through another address.
    #[must_use]
    pub fn uri_through(&self, address: SocketAddr) -> String {
        let mut through = Address::of(&self.uri);
        through.hosts = address.to_string();
        through.add_option("directConnection", "true");
        through.to_string()
    }

    /// The connection string with these credentials, `user:password`, or without any.
    #[must_use]
    pub fn uri_of(&self, credentials: Option<&str>) -> String {
        let mut address = Address::of(&self.uri);
        address.credentials = credentials.map(str::to_owned);
        address.to_string()
    }

    /// A connected store on the database, after the migration.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn store(&self) -> DocumentDbStore {
        let store = self.store_with(|_| ()).await;
        store
            .migrate(&store.plan().await.expect("a plan"))
            .await
            .expect("a migration");
        store
    }

    /// A store on the database with other settings, without a migration.
    ///
    /// # Panics
    /// When the settings cannot be used.
    pub async fn store_with(
        &self,
        change: impl FnOnce(&mut ConnectionSettings),
    ) -> DocumentDbStore {
        let uri = SecretText::new(self.uri.clone());
        let mut settings = ConnectionSettings::new(uri);
        change(&mut settings);
        DocumentDbStore::open(&settings, None)
            .await
            .expect("settings that can be used")
    }
}

impl Default for TestDatabase {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (uri, name) = (self.uri.clone(), self.name.clone());
        // This runs on another thread, because `drop` cannot wait for the runtime of the test.
        let dropped = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let client = Client::with_uri_str(uri).await?;
                client.database(&name).drop().await
            })
        });
        let dropped = dropped.join().expect("no panic");
        assert!(
            dropped.is_ok() || thread::panicking(),
            "the database stays behind"
        );
    }
}

/// A connection string, split into the parts that a test changes.
struct Address {
    credentials: Option<String>,
    hosts: String,
    database: String,
    options: Vec<(String, String)>,
}

impl Address {
    fn of(uri: &str) -> Self {
        let rest = uri
            .strip_prefix("mongodb://")
            .expect("a plain connection string");
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (Some(credentials.to_owned()), hosts),
            None => (None, authority),
        };
        let options = options
            .split('&')
            .filter_map(|option| option.split_once('='));
        Self {
            credentials,
            hosts: hosts.to_owned(),
            database: database.to_owned(),
            options: options
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// The user belongs to the database that the string named before, or to `admin`.
    fn with_database(mut self, name: &str) -> Self {
        let source = match self.database.as_str() {
            "" => "admin".to_owned(),
            database => database.to_owned(),
        };
        if self.credentials.is_some() {
            self.add_option("authSource", &source);
        }
        name.clone_into(&mut self.database);
        self
    }

    fn add_option(&mut self, key: &str, value: &str) {
        if !self
            .options
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(key))
        {
            self.options.push((key.to_owned(), value.to_owned()));
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("mongodb://")?;
        if let Some(credentials) = &self.credentials {
            write!(formatter, "{credentials}@")?;
        }
        let options = self
            .options
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let options: Vec<_> = options.collect();
        write!(
            formatter,
            "{}/{}?{}",
            self.hosts,
            self.database,
            options.join("&")
        )
    }
}
