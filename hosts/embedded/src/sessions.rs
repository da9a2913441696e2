//! The session store: sessions by id, with an index by account.

use std::ops::Bound;

use async_trait::async_trait;
use auth_runtime::{AdapterError, ReplaceError, Session, SessionStore};
use redb::{ReadTransaction, ReadableTable};

use crate::expiry::{Expiring, reschedule};
use crate::failure::Failure;
use crate::record::{StoredSession, encode, get};
use crate::store::EmbeddedStore;
use crate::tables::{ACCOUNT_SESSIONS, SESSIONS, Tables};

#[async_trait]
impl SessionStore for EmbeddedStore {
    async fn find(&self, id: &str) -> Result<Option<Session>, AdapterError> {
        self.read(|transaction| session(&transaction.open_table(SESSIONS)?, id))
    }

    async fn insert(&self, session: Session) -> Result<(), AdapterError> {
        self.write(move |tables| insert(tables, session)).await
    }

    async fn replace(&self, session: Session, replaces: u64) -> Result<(), ReplaceError> {
        self.compare_and_write(move |tables| replace(tables, session, replaces))
            .await
    }

    async fn remove(&self, id: &str) -> Result<(), AdapterError> {
        let id = id.to_owned();
        self.write(move |tables| remove(tables, &id)).await
    }

    async fn list_by_account(
        &self,
        account_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, AdapterError> {
        let (account_id, after) = (account_id.to_owned(), after.map(str::to_owned));
        self.read_many(move |transaction| list(transaction, &account_id, after.as_deref(), limit))
            .await
    }
}

fn insert(tables: &mut Tables<'_>, session: Session) -> Result<(), Failure> {
    if tables.sessions.get(session.id.as_str())?.is_some() {
        return Err(Failure::Contract("the id of a session is not fresh"));
    }
    tables
        .account_sessions
        .insert((session.account_id.as_str(), session.id.as_str()), ())?;
    write(tables, session, None)
}

fn replace(tables: &mut Tables<'_>, new: Session, replaces: u64) -> Result<bool, Failure> {
    let stored = session(&tables.sessions, &new.id)?;
    let Some(stored) = stored.filter(|stored| stored.version == replaces) else {
        return Ok(false);
    };
    if stored.account_id != new.account_id {
        return Err(Failure::Contract("the account of a session changes"));
    }
    write(tables, new, Some(stored.expires_at))?;
    Ok(true)
}

fn remove(tables: &mut Tables<'_>, id: &str) -> Result<(), Failure> {
    let Some(stored) = session(&tables.sessions, id)? else {
        return Ok(());
    };
    let account_id = stored.account_id.as_str();
    reschedule(
        tables,
        Expiring::Session(account_id),
        id,
        Some(stored.expires_at),
        None,
    )?;
    tables.account_sessions.remove((account_id, id))?;
    tables.sessions.remove(id)?;
    Ok(())
}

/// Writes the session and its entry in the expiry index. `was` is the time at which the session
/// expired according to its earlier version.
fn write(tables: &mut Tables<'_>, session: Session, was: Option<u64>) -> Result<(), Failure> {
    let what = Expiring::Session(&session.account_id);
    reschedule(tables, what, &session.id, was, Some(session.expires_at))?;
    let id = session.id.clone();
    let bytes = encode(&StoredSession::V2(session))?;
    tables.sessions.insert(id.as_str(), bytes.as_slice())?;
    Ok(())
}

fn list(
    transaction: &ReadTransaction,
    account_id: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Session>, Failure> {
    let index = transaction.open_table(ACCOUNT_SESSIONS)?;
    let sessions = transaction.open_table(SESSIONS)?;
    let start = after.map_or(Bound::Included((account_id, "")), |after| {
        Bound::Excluded((account_id, after))
    });
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut listed = Vec::new();
    for entry in index
        .range::<(&str, &str)>((start, Bound::Unbounded))?
        .take(limit)
    {
        let (key, _) = entry?;
        let (owner, id) = key.value();
        if owner != account_id {
            break;
        }
        let missing = || Failure::Damaged(format!("an account leads to no session: `{id}`"));
        listed.push(session(&sessions, id)?.ok_or_else(missing)?);
    }
    Ok(listed)
}

fn session(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    id: &str,
) -> Result<Option<Session>, Failure> {
    Ok(get::<StoredSession>(table, id)?.map(Session::from))
}
