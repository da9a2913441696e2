//! The tables of the database, and how they belong together.

use redb::{
    Durability, ReadTransaction, ReadableDatabase, Table, TableDefinition, TableError,
    WriteTransaction,
};

use crate::failure::Failure;

/// The version of the table layouts below. The layout of a record is given by its first byte.
pub(crate) const SCHEMA: u64 = 1;

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const SCHEMA_KEY: &str = "schema";

/// Accounts by id, as encoded records.
pub(crate) const ACCOUNTS: TableDefinition<&str, &[u8]> = TableDefinition::new("accounts");
/// Ids of accounts by canonical address.
pub(crate) const ACCOUNT_IDS: TableDefinition<&str, &str> = TableDefinition::new("account-ids");
/// Sessions by id, as encoded records.
pub(crate) const SESSIONS: TableDefinition<&str, &[u8]> = TableDefinition::new("sessions");
/// Account id and session id of each session.
pub(crate) const ACCOUNT_SESSIONS: TableDefinition<(&str, &str), ()> =
    TableDefinition::new("account-sessions");
/// Throttle counters by key, as encoded records.
pub(crate) const COUNTERS: TableDefinition<&str, &[u8]> = TableDefinition::new("counters");
/// One-time codes by key, as encoded records.
pub(crate) const CODES: TableDefinition<&str, &[u8]> = TableDefinition::new("codes");
/// When each record expires: the time, its kind, its key; and the account of a session, so that its
/// entry in [`ACCOUNT_SESSIONS`] is found without reading the session.
pub(crate) const EXPIRIES: TableDefinition<(u64, u8, &str), &str> =
    TableDefinition::new("expiries");

/// All tables, opened in one write transaction.
///
/// INVARIANT: between two changes, each account has one entry in `account_ids`, each session has
/// one in `account_sessions` and one in `expiries`, and each counter and each code that expires has
/// one in `expiries`. There are no other entries.
pub(crate) struct Tables<'t> {
    pub(crate) accounts: Table<'t, &'static str, &'static [u8]>,
    pub(crate) account_ids: Table<'t, &'static str, &'static str>,
    pub(crate) sessions: Table<'t, &'static str, &'static [u8]>,
    pub(crate) account_sessions: Table<'t, (&'static str, &'static str), ()>,
    pub(crate) counters: Table<'t, &'static str, &'static [u8]>,
    pub(crate) codes: Table<'t, &'static str, &'static [u8]>,
    pub(crate) expiries: Table<'t, (u64, u8, &'static str), &'static str>,
}

impl<'t> Tables<'t> {
    /// Opens all tables, and creates those that are missing.
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            accounts: transaction.open_table(ACCOUNTS)?,
            account_ids: transaction.open_table(ACCOUNT_IDS)?,
            sessions: transaction.open_table(SESSIONS)?,
            account_sessions: transaction.open_table(ACCOUNT_SESSIONS)?,
            counters: transaction.open_table(COUNTERS)?,
            codes: transaction.open_table(CODES)?,
            expiries: transaction.open_table(EXPIRIES)?,
        })
    }
}

/// Begins a transaction whose commit returns only when it is on the disk.
pub(crate) fn begin_write(database: &redb::Database) -> Result<WriteTransaction, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    Ok(transaction)
}

/// Returns the schema of the database. A database without one gets the schema of this program.
pub(crate) fn schema(database: &redb::Database) -> Result<u64, Failure> {
    if let Some(schema) = stored_schema(&database.begin_read()?)? {
        return Ok(schema);
    }
    let transaction = begin_write(database)?;
    transaction.open_table(META)?.insert(SCHEMA_KEY, SCHEMA)?;
    Tables::open(&transaction)?;
    transaction.commit()?;
    Ok(SCHEMA)
}

fn stored_schema(transaction: &ReadTransaction) -> Result<Option<u64>, Failure> {
    match transaction.open_table(META) {
        Ok(table) => Ok(table.get(SCHEMA_KEY)?.map(|schema| schema.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
