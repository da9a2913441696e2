//! The driver's client. It is made at the first call, and made again when the password has changed.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use auth_runtime::AdapterError;
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::credentials::{Credential, CredentialSource};
use crate::failure::Failure;
use crate::health::Health;
use crate::settings::Resolved;

/// The pause after credentials were fetched again. With a wrong password, requests must not all
/// call the source of credentials.
const COOL_DOWN: Duration = Duration::from_secs(30);
/// The pause after the source of credentials failed.
const COOL_DOWN_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// The pause after a client was replaced because it got no answer. A slow database must not receive
/// new connections all the time.
const PAUSE_OF_REOPENING: Duration = Duration::from_secs(5);

/// A client that is in use.
#[derive(Clone)]
pub(crate) struct Live {
    pub client: Client,
    pub database: Database,
    /// The number of this client, counted from 1.
    pub generation: u64,
    credential: Option<Credential>,
}

/// The current client, and what is needed to make another.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Shared>);

struct Shared {
    settings: Resolved,
    credentials: Option<Arc<dyn CredentialSource>>,
    health: Arc<Health>,
    live: RwLock<Option<Live>>,
    /// Locked by the task that makes a client.
    renewal: Mutex<Pauses>,
}

/// The times before which no new client may be made.
#[derive(Default)]
struct Pauses {
    /// For a client with fetched credentials.
    fetching: Option<Instant>,
    /// For a client with the credentials of the one before.
    reopening: Option<Instant>,
}

fn is_under_way(pause: Option<Instant>) -> bool {
    pause.is_some_and(|end| Instant::now() < end)
}

impl Connection {
    pub(crate) fn new(
        mut settings: Resolved,
        credentials: Option<Arc<dyn CredentialSource>>,
    ) -> Self {
        let health = Arc::new(Health::default());
        let observer = Arc::clone(&health);
        settings.options.sdam_event_handler =
            Some(mongodb::event::EventHandler::callback(move |event| {
                observer.observe(event)
            }));
        Self(Arc::new(Shared {
            settings,
            credentials,
            health,
            live: RwLock::new(None),
            renewal: Mutex::default(),
        }))
    }

    /// The current client. The first call fetches the credentials and makes the client.
    pub(crate) async fn live(&self) -> Result<Live, Failure> {
        match self.0.live() {
            Some(live) => Ok(live),
            None => self.replace(0).await,
        }
    }

    /// Replaces the client of this generation by one with freshly fetched credentials. Does nothing
    /// when another task has already replaced it.
    pub(crate) async fn renew(&self, generation: u64) -> Result<(), Failure> {
        self.replace(generation).await.map(|_| ())
    }

    /// Replaces a client that got no answer. A connection can die unnoticed while a process is
    /// frozen, and then the other connections of the client have died too.
    pub(crate) fn reopen(&self, silent: &Live) {
        self.0.reopen(silent);
    }

    /// Returns once no task is making a client.
    pub(crate) async fn settled(&self) {
        drop(self.0.renewal.lock().await);
    }

    /// Makes the new client in a task of its own, so that a cancelled caller does not cancel the
    /// work that others wait for. The source of credentials has its own time limit, and each caller
    /// waits no longer than its request allows.
    async fn replace(&self, generation: u64) -> Result<Live, Failure> {
        let shared = Arc::clone(&self.0);
        let made = tokio::spawn(async move { shared.replace(generation).await }).await;
        made.unwrap_or(Err(Failure::Driver("making a client")))
    }

    /// Adds what the monitors know about the cause to a failure.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        self.0.health.explain(failure)
    }

    /// Takes the client out. The connection must not be used afterwards.
    pub(crate) fn take(&self) -> Option<Client> {
        let mut live = self.0.live.write().unwrap_or_else(PoisonError::into_inner);
        live.take().map(|live| live.client)
    }
}

impl Shared {
    fn live(&self) -> Option<Live> {
        self.live
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn reopen(&self, silent: &Live) {
        // Another task may be making a client.
        let Ok(mut pauses) = self.renewal.try_lock() else {
            return;
        };
        let is_present = self.live().map(|live| live.generation) == Some(silent.generation);
        if is_present && !is_under_way(pauses.reopening) {
            pauses.reopening = Instant::now().checked_add(PAUSE_OF_REOPENING);
            let next = silent.generation.saturating_add(1);
            if let Err(error) = self.connect(silent.credential.clone(), next) {
                tracing::warn!(%error, "no new client for the database: the old one stays");
            }
        }
    }

    async fn replace(&self, generation: u64) -> Result<Live, Failure> {
        let mut pauses = self.renewal.lock().await;
        match self.live() {
            Some(live) if live.generation > generation => return Ok(live),
            _ => {}
        }
        let credential = self.credential(generation, &mut pauses).await?;
        self.connect(credential, generation.saturating_add(1))
    }

    async fn credential(
        &self,
        generation: u64,
        pauses: &mut Pauses,
    ) -> Result<Option<Credential>, Failure> {
        let Some(source) = &self.credentials else {
            // Without a source, the only credentials are those of the connection string.
            return if generation == 0 {
                Ok(None)
            } else {
                Err(Failure::Authentication)
            };
        };
        if generation == 0 {
            return source
                .current()
                .await
                .map(Some)
                .map_err(without_credentials);
        }
        if is_under_way(pauses.fetching) {
            return Err(Failure::Authentication);
        }
        tracing::warn!("the database refuses the credentials: they are fetched again");
        let fetched = source.refetch().await;
        let pause = match &fetched {
            Ok(_) => COOL_DOWN,
            Err(_) => COOL_DOWN_AFTER_FAILURE,
        };
        pauses.fetching = Instant::now().checked_add(pause);
        match fetched.map_err(without_credentials)? {
            Some(credential) => Ok(Some(credential)),
            None => Err(Failure::Authentication),
        }
    }

    /// Makes a client and sets it as the current one. Starts its monitors, which connect in the
    /// background.
    fn connect(&self, credential: Option<Credential>, generation: u64) -> Result<Live, Failure> {
        let mut options: ClientOptions = self.settings.options.clone();
        if let Some(Credential { user, password }) = &credential {
            let known = options.credential.get_or_insert_default();
            known.username = Some(user.clone());
            known.password = Some(password.expose().to_owned());
        }
        let client = Client::with_options(options).map_err(|error| Failure::of(&error))?;
        let database = client.database(&self.settings.database);
        let live = Live {
            client,
            database,
            generation,
            credential,
        };
        let mut present = self.live.write().unwrap_or_else(PoisonError::into_inner);
        // The old client is dropped once the calls that use it have ended.
        *present = Some(live.clone());
        Ok(live)
    }
}

fn without_credentials(error: AdapterError) -> Failure {
    Failure::Credentials(error.into())
}
