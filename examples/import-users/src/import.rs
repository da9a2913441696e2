//! Imports one line of the file as an account.

use auth_rules::email::Email;
use auth_rules::id::uuid_v7;
use auth_runtime::{
    Account, AccountOrigin, AccountStatus, AccountStore, AdapterError, Clock, Entropy, InsertError,
};

use crate::record::{Record, is_known_hash};

/// Why a line was not imported. No message repeats a part of the line: it holds a password hash.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The address is not one that Countersign accepts.
    #[error("`email` is not a valid address")]
    InvalidEmail,
    /// The hash has a format that Countersign cannot check a password against.
    #[error("`password_hash` is in none of the formats that can be checked")]
    InvalidHash,
    /// The line is not a record of the file's format.
    #[error(
        "it is not a JSON object with the strings `email` and `password_hash`, and perhaps `roles` \
         (an array of strings), `disabled` (a boolean) and `previous_id` (a string)"
    )]
    InvalidRecord,
    /// The store failed, and would fail for other lines too.
    #[error(transparent)]
    Store(#[from] AdapterError),
}

/// What became of a line.
pub enum Imported {
    /// The account was made.
    Made(Ids),
    /// An account with this address exists, and stays unchanged. It has ids only if the operator made
    /// it: one that registered itself need not belong to the person of the line.
    Exists(Option<Ids>),
}

/// The two ids of an account.
pub struct Ids {
    /// The one of the previous system, if the line names it.
    pub previous: Option<String>,
    /// The one here.
    pub current: String,
}

/// Writes accounts to a store.
pub struct Importer<'a> {
    store: &'a dyn AccountStore,
    clock: &'a dyn Clock,
    entropy: &'a dyn Entropy,
}

impl<'a> Importer<'a> {
    /// An importer into this store. Ids of accounts are made from the time and from randomness.
    pub fn new(
        store: &'a dyn AccountStore,
        clock: &'a dyn Clock,
        entropy: &'a dyn Entropy,
    ) -> Self {
        Self {
            store,
            clock,
            entropy,
        }
    }

    /// Imports one line.
    ///
    /// # Errors
    /// When it is not a valid record, or the store fails.
    pub async fn import(&self, line: &[u8]) -> Result<Imported, ImportError> {
        let mut record: Record =
            serde_json::from_slice(line).map_err(|_| ImportError::InvalidRecord)?;
        let email = Email::parse(&record.email).map_err(|_| ImportError::InvalidEmail)?;
        if !is_known_hash(&record.password_hash) {
            return Err(ImportError::InvalidHash);
        }
        let previous = record.previous_id.take();
        let account = self.account(&email, record)?;
        let current = account.id.clone();
        match self.store.insert(account).await {
            Ok(()) => Ok(Imported::Made(Ids { previous, current })),
            Err(InsertError::EmailTaken) => self.existing(&email, previous).await,
            Err(InsertError::Adapter(error)) => Err(ImportError::Store(error)),
        }
    }

    async fn existing(
        &self,
        email: &Email,
        previous: Option<String>,
    ) -> Result<Imported, ImportError> {
        let found = self.store.find_by_email(email.key()).await?;
        let made_here = found.filter(|account| account.origin == AccountOrigin::Operator);
        Ok(Imported::Exists(made_here.map(|account| Ids {
            previous,
            current: account.id,
        })))
    }

    fn account(&self, email: &Email, record: Record) -> Result<Account, AdapterError> {
        let now = self.clock.now();
        let mut random = [0; 10];
        self.entropy.fill(&mut random)?;
        Ok(Account {
            id: uuid_v7(now, &random),
            email: email.as_typed().to_owned(),
            email_key: email.key().to_owned(),
            password_hash: record.password_hash,
            initial_until: None,
            roles: record.roles,
            status: match record.disabled {
                true => AccountStatus::Disabled,
                false => AccountStatus::Active,
            },
            session_epoch: 1,
            origin: AccountOrigin::Operator,
            surviving_session: None,
            throttle_epoch: 1,
            created_at: now,
            updated_at: now,
            version: 1,
        })
    }
}
