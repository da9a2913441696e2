//! Prepares the database at a deployment: the user of the service, collections and indexes, and the
//! token for the first administrator.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use auth_aws::{
    DatabaseCredentials, SecretError, SecretReference, SecretSource, SecretsManager, Stage,
};
use auth_composition::{
    Composition, Keys, Platform, Stores, TracingAuditLog, compile_policy, policy_source,
};
use auth_crypto::AwaitedKeys;
use auth_documentdb::{Credential, DocumentDbStore};
use auth_runtime::{AdapterError, Allocation, Engine, SecretText};
use lambda_http::lambda_runtime::{self, Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::database;
use crate::settings::MigrationSettings;

/// The issuer and audience of a service that issues no tokens.
const NO_TOKENS: &str = "countersign";

/// Migrates at each invocation, whatever its event says. A migration may be repeated.
///
/// # Errors
/// When Lambda does not answer.
pub async fn serve(settings: MigrationSettings) -> Result<()> {
    let settings = Arc::new(settings);
    let handler = service_fn(move |_: LambdaEvent<Value>| {
        let settings = Arc::clone(&settings);
        async move { migrate(&settings).await.map_err(failed) }
    });
    let ended = lambda_runtime::run(handler).await;
    ended
        .map_err(|error| anyhow!(error))
        .context("Lambda does not answer")
}

/// The error of an invocation, whose message a deployment shows.
fn failed(error: anyhow::Error) -> Diagnostic {
    let error_message = format!("{error:#}");
    tracing::error!(error = error_message, "the migration failed");
    Diagnostic {
        error_type: "MigrationFailed".to_owned(),
        error_message,
    }
}

/// Does what is missing, and returns what that was.
async fn migrate(settings: &MigrationSettings) -> Result<Value> {
    let secrets = SecretsManager::from_environment();
    let source: Arc<dyn SecretSource> = Arc::new(secrets.clone());
    let store = database::open(&settings.database, settings.environment, &source).await?;
    let user = match &settings.user {
        Some(reference) => {
            store
                .create_user(&credential(&secrets, reference).await?)
                .await
        }
        None => Ok(false),
    };
    let user = user
        .map_err(cause)
        .context("the user of the service cannot be created")?;
    let plan = store.plan().await.map_err(cause)?;
    store.migrate(&plan).await.map_err(cause)?;
    let store = Arc::new(store);
    let token = match &settings.setup {
        Some(reference) => begin_setup(settings, &store, &secrets, reference).await?,
        None => false,
    };
    store.close().await;
    let steps: Vec<_> = plan.steps().iter().map(ToString::to_string).collect();
    tracing::info!(user, ?steps, token, "migrated");
    Ok(json!({ "user_created": user, "steps": steps, "setup_token_stored": token }))
}

/// Stores a new set-up token while there is no administrator. Returns whether it did.
async fn begin_setup(
    settings: &MigrationSettings,
    store: &Arc<DocumentDbStore>,
    secrets: &SecretsManager,
    reference: &SecretReference,
) -> Result<bool> {
    let engine = Engine::load(Allocation::OnDemand).map_err(|error| error.cause)?;
    let policy = compile_policy(&engine, settings.policy.as_deref())?;
    let platform = Platform::of_system(None).context("cannot start the hashing threads")?;
    let composition = Composition::new(
        platform,
        Stores::of(store),
        // A set-up signs and verifies nothing.
        Keys::of(&Arc::new(AwaitedKeys::default())),
        Arc::new(TracingAuditLog),
        policy_source(policy, NO_TOKENS, NO_TOKENS),
    );
    let service = composition.service(&engine).map_err(|error| error.cause)?;
    let Some(token) = service.begin_setup().await.map_err(|error| error.cause)? else {
        return Ok(false);
    };
    secrets.store(reference, &SecretText::new(token)).await?;
    Ok(true)
}

/// The cause of a failed call, without the words around it that are meant for a server's log.
fn cause(error: AdapterError) -> anyhow::Error {
    match error {
        AdapterError::Fault(cause) | AdapterError::Unavailable { cause, .. } => cause,
    }
}

async fn credential(secrets: &SecretsManager, reference: &SecretReference) -> Result<Credential> {
    let version = secrets.fetch(reference, Stage::Current).await?;
    let found = DatabaseCredentials::parse(&version.text);
    let DatabaseCredentials { username, password } =
        found.map_err(|reason| SecretError::Malformed {
            reference: reference.clone(),
            reason,
        })?;
    Ok(Credential {
        user: username,
        password,
    })
}
