//! The settings of the connection to the database, and the driver's options that follow from them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use auth_runtime::SecretText;
use mongodb::error::ErrorKind;
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, ReadPreference, SelectionCriteria, Tls,
    WriteConcern,
};

use crate::error::SettingsError;
use crate::tls_roots::Roots;
use crate::uri;

/// The name of the database, if the connection string names none.
const DATABASE: &str = "countersign";
/// The name of this client in the logs of the database.
const APP_NAME: &str = "countersign";

/// The most connections of one process. An operation uses one for a millisecond or two. DocumentDB
/// limits the connections of all processes together, and Lambda runs one process for each
/// concurrent request.
const POOL: u32 = 2;
/// A connection that was idle for longer is replaced. Firewalls and load balancers drop idle
/// connections silently, and a process that was frozen does not notice.
const IDLE: Duration = Duration::from_secs(60);
/// How long a call waits for a primary. If a fail-over takes longer, the caller has to try again.
const SELECTION: Duration = Duration::from_secs(3);
/// How long a connection may take to open. Within one network, a server that runs accepts sooner.
const CONNECT: Duration = Duration::from_secs(2);
/// How often the primary is checked. A failed call triggers a check at once, so a shorter interval
/// costs each process more than it gains.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The operator's settings of the connection.
#[derive(Clone, Debug)]
pub struct ConnectionSettings {
    /// `MONGODB_URI`: `mongodb://host:port/database?option=value`. The pool size and times in it
    /// override the defaults of this service. Without a name in it, the database is `countersign`.
    pub uri: SecretText,
    /// A bundle of root certificates in PEM, which overrides `tlsCAFile` of the connection string.
    /// With neither, the certificates of Amazon DocumentDB are checked against Amazon's roots, and
    /// those of other hosts against public roots.
    pub ca_file: Option<PathBuf>,
    /// The most connections of this process; overrides `maxPoolSize` of the connection string.
    pub pool: Option<u32>,
    /// Whether TLS is always on and options that weaken it are refused.
    pub tls_required: bool,
}

impl ConnectionSettings {
    /// Settings with TLS required, and the defaults otherwise.
    #[must_use]
    pub fn new(uri: SecretText) -> Self {
        Self {
            uri,
            ca_file: None,
            pool: None,
            tls_required: true,
        }
    }

    /// Parses the settings and checks everything that needs no network. Logs a warning for each
    /// option without effect. `has_source` tells that a credential source provides user and
    /// password.
    pub(crate) async fn resolve(&self, has_source: bool) -> Result<Resolved, SettingsError> {
        let mut uri = match has_source {
            true => uri::parse_without_credentials(self.uri.expose())?,
            false => uri::parse(self.uri.expose())?,
        };
        uri::refuse(&uri, self.tls_required)?;
        for warning in uri::correct(&mut uri) {
            tracing::warn!("MONGODB_URI: {warning}");
        }
        let roots = self.trust(&mut uri)?;
        let options = ClientOptions::parse(uri).await;
        let mut options = options.map_err(|error| SettingsError::Uri(unusable(&error)))?;
        self.complete(&mut options);
        let database = options.default_database.clone();
        Ok(Resolved {
            database: database.unwrap_or_else(|| DATABASE.to_owned()),
            options,
            _roots: roots.map(Arc::new),
        })
    }

    /// Turns TLS on if it is required, with the root certificates for the hosts.
    fn trust(&self, uri: &mut ConnectionString) -> Result<Option<Roots>, SettingsError> {
        let amazon = uri::is_amazon(uri);
        if uri.tls.is_none() && (self.tls_required || self.ca_file.is_some()) {
            uri.tls = Some(Tls::Enabled(Default::default()));
        }
        let Some(Tls::Enabled(tls)) = &mut uri.tls else {
            return Ok(None);
        };
        let file = self.ca_file.as_ref().or(tls.ca_file_path.as_ref());
        let roots = match file {
            Some(file) => Roots::of_file(file)?,
            None if amazon => Roots::of_amazon()?,
            None => return Ok(None),
        };
        tls.ca_file_path = Some(roots.path.clone());
        Ok(Some(roots))
    }

    fn complete(&self, options: &mut ClientOptions) {
        if self.pool.is_some() {
            options.max_pool_size = self.pool;
        }
        let pool = *options.max_pool_size.get_or_insert(POOL);
        // No connection is kept open for longer than its idle time. With a minimum, the driver
        // would keep connections to every server, even to replicas that are never read.
        options.min_pool_size = options.min_pool_size.map(|least| least.min(pool));
        options.max_idle_time.get_or_insert(IDLE);
        options.server_selection_timeout.get_or_insert(SELECTION);
        options.connect_timeout.get_or_insert(CONNECT);
        options.heartbeat_freq.get_or_insert(HEARTBEAT);
        options.app_name.get_or_insert_with(|| APP_NAME.to_owned());
        // DocumentDB supports retryable writes from 8.0.2 on and refuses them before. `operation.rs`
        // retries instead, within the deadline of the request.
        options.retry_writes.get_or_insert(false);
        options.retry_reads = Some(false);
        options.max_adaptive_retries = Some(0);
        // A replica may lag, and would still return a session that has ended.
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        options.selection_criteria = Some(primary);
        // An acknowledged write survives the loss of the primary. DocumentDB always works this way.
        let concern = options
            .write_concern
            .get_or_insert_with(WriteConcern::default);
        concern.w.get_or_insert(Acknowledgment::Majority);
    }
}

/// Why the driver takes no client from the options. It names options and their values, and no part of
/// the credentials.
fn unusable(error: &mongodb::error::Error) -> String {
    const UNUSABLE: &str = "its options do not fit together";
    match error.kind.as_ref() {
        ErrorKind::InvalidArgument { message, .. } => format!("{UNUSABLE}: {message}"),
        _ => UNUSABLE.to_owned(),
    }
}

/// Settings that passed every check.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub options: ClientOptions,
    pub database: String,
    /// Keeps the file: the driver reads it whenever it finds a new server.
    _roots: Option<Arc<Roots>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(uri: impl Into<String>) -> ConnectionSettings {
        ConnectionSettings::new(SecretText::new(uri.into()))
    }

    async fn options(settings: ConnectionSettings) -> ClientOptions {
        settings.resolve(false).await.unwrap().options
    }

    #[tokio::test]
    async fn what_is_not_said_is_as_this_service_needs_it() {
        let given = settings("mongodb://localhost");
        let resolved = given.resolve(false).await.unwrap();
        assert_eq!(resolved.database, "countersign");
        let options = resolved.options;
        assert!(matches!(options.tls, Some(Tls::Enabled(_))));
        assert_eq!(options.max_pool_size, Some(2));
        assert_eq!(options.min_pool_size, None);
        assert_eq!(options.max_idle_time, Some(Duration::from_secs(60)));
        assert_eq!(
            options.server_selection_timeout,
            Some(Duration::from_secs(3))
        );
        assert_eq!(options.connect_timeout, Some(Duration::from_secs(2)));
        assert_eq!(options.heartbeat_freq, Some(Duration::from_secs(10)));
        assert_eq!(options.retry_writes, Some(false));
        assert_eq!(options.retry_reads, Some(false));
        let concern = options.write_concern.unwrap();
        assert_eq!(concern.w, Some(Acknowledgment::Majority));
    }

    #[tokio::test]
    async fn reads_go_to_the_primary_whatever_is_said() {
        for options_said in [
            "",
            "?readPreference=secondaryPreferred",
            "?readPreference=nearest",
        ] {
            let uri = format!("mongodb://localhost/{options_said}");
            let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
            assert_eq!(
                options(settings(uri)).await.selection_criteria,
                Some(primary)
            );
        }
    }

    #[tokio::test]
    async fn what_is_said_goes_before_the_defaults() {
        let uri = "mongodb://localhost/shop?maxPoolSize=7&maxIdleTimeMS=5&retryWrites=true\
                   &connectTimeoutMS=6&serverSelectionTimeoutMS=8&heartbeatFrequencyMS=900&appName=x\
                   &socketTimeoutMS=5&w=2";
        let mut given = settings(uri);
        let resolved = given.resolve(false).await.unwrap();
        assert_eq!(resolved.database, "shop");
        let said = resolved.options;
        assert_eq!(
            (said.max_pool_size, said.retry_writes),
            (Some(7), Some(true))
        );
        assert_eq!(said.max_idle_time, Some(Duration::from_millis(5)));
        assert_eq!(said.app_name.as_deref(), Some("x"));
        assert_eq!(
            said.write_concern.unwrap().w,
            Some(Acknowledgment::Nodes(2))
        );
        given.pool = Some(1);
        given.uri = SecretText::new(format!("{uri}&minPoolSize=3"));
        let said = options(given).await;
        assert_eq!((said.max_pool_size, said.min_pool_size), (Some(1), Some(1)));
    }

    #[tokio::test]
    async fn tls_is_as_said_in_development_and_always_on_elsewhere() {
        let mut given = settings("mongodb://localhost");
        given.tls_required = false;
        assert_eq!(options(given.clone()).await.tls, None);
        given.uri = SecretText::new("mongodb://localhost/?tls=false".to_owned());
        assert_eq!(options(given.clone()).await.tls, Some(Tls::Disabled));
        given.tls_required = true;
        let refused = given.resolve(false).await.err().unwrap();
        assert_eq!(
            refused.to_string(),
            "MONGODB_URI: `tls=false` is for development alone"
        );
    }

    #[tokio::test]
    async fn hosts_of_amazon_are_held_against_the_roots_of_amazon() {
        let uri = "mongodb://c.cluster-x.eu-west-1.docdb.amazonaws.com:27017/?replicaSet=rs0";
        let resolved = settings(uri).resolve(false).await.unwrap();
        let Some(Tls::Enabled(tls)) = resolved.options.tls else {
            panic!("TLS is on");
        };
        let file = std::fs::read(tls.ca_file_path.unwrap()).unwrap();
        assert_eq!(file, include_bytes!("../roots/rds-global.pem"));
    }

    #[test]
    fn settings_do_not_show_the_password() {
        let shown = format!("{:?}", settings("mongodb://u:hunter2@h/"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
