//! Tests of what the conformance suite cannot see: files, failing disks, crashes.

mod crash;
mod faults;
mod files;
mod formats;
mod medium;

use std::collections::BTreeSet;
use std::sync::Arc;

use auth_conformance::records;
use auth_memory::ManualClock;
use auth_runtime::{Account, Code, Session};
use redb::{ReadTransaction, ReadableTable, TableDefinition};

use crate::EmbeddedStore;
use crate::record::{StoredAccount, StoredCode, StoredCounter, StoredSession, decode};
use crate::tables::{ACCOUNT_IDS, ACCOUNT_SESSIONS, ACCOUNTS, CODES, COUNTERS, EXPIRIES, SESSIONS};
use medium::Medium;

fn account(id: &str) -> Account {
    records::account(id, &format!("{id}@example.com"))
}

fn session(id: &str, version: u64) -> Session {
    Session {
        // The time moves with each version, so that the expiry index must follow.
        expires_at: 5_000_000_000_000 + version,
        absolute_expires_at: 6_000_000_000_000,
        generation: version,
        version,
        ..records::session(id, "account")
    }
}

fn open_on(medium: &Medium) -> EmbeddedStore {
    let medium = medium.clone();
    EmbeddedStore::open_medium(move || medium.attach(), Arc::new(ManualClock::default())).unwrap()
}

/// Asserts that the indexes have exactly the entries that the records need.
fn assert_consistent(store: &EmbeddedStore) {
    store
        .read(|transaction| {
            let accounts = stored(transaction, ACCOUNTS, |_, stored: StoredAccount| {
                let account = Account::from(stored);
                (account.email_key, account.id)
            });
            let addresses = transaction.open_table(ACCOUNT_IDS)?;
            let addresses = addresses.iter()?.map(|entry| {
                let (email_key, id) = entry.unwrap();
                (email_key.value().to_owned(), id.value().to_owned())
            });
            assert_eq!(accounts, addresses.collect());

            let sessions = stored(transaction, SESSIONS, |_, stored: StoredSession| {
                let session = Session::from(stored);
                (session.account_id, session.id)
            });
            let by_account = transaction.open_table(ACCOUNT_SESSIONS)?;
            let by_account = by_account.iter()?.map(|entry| {
                let (key, _) = entry.unwrap();
                (key.value().0.to_owned(), key.value().1.to_owned())
            });
            assert_eq!(sessions, by_account.collect());
            assert_eq!(ends(transaction), indexed_ends(transaction));
            Ok(())
        })
        .unwrap();
}

type End = (u64, u8, String, String);

fn ends(transaction: &ReadTransaction) -> BTreeSet<End> {
    let counters = stored(
        transaction,
        COUNTERS,
        |key, StoredCounter::V1(_, expires_at)| (expires_at, 1, key.to_owned(), String::new()),
    );
    let sessions = stored(transaction, SESSIONS, |key, stored: StoredSession| {
        let session = Session::from(stored);
        (session.expires_at, 2, key.to_owned(), session.account_id)
    });
    let codes = stored(transaction, CODES, |key, stored: StoredCode| {
        let expires_at = Code::from(stored).expires_at?;
        Some((expires_at, 3, key.to_owned(), String::new()))
    });
    let codes = codes.into_iter().flatten();
    counters.into_iter().chain(sessions).chain(codes).collect()
}

fn indexed_ends(transaction: &ReadTransaction) -> BTreeSet<End> {
    let expiries = transaction.open_table(EXPIRIES).unwrap();
    let entries = expiries.iter().unwrap().map(|entry| {
        let (key, account_id) = entry.unwrap();
        let (expires_at, tag, key) = key.value();
        (
            expires_at,
            tag,
            key.to_owned(),
            account_id.value().to_owned(),
        )
    });
    entries.collect()
}

fn stored<R: serde::de::DeserializeOwned, T: Ord>(
    transaction: &ReadTransaction,
    table: TableDefinition<&'static str, &'static [u8]>,
    view: impl Fn(&str, R) -> T,
) -> BTreeSet<T> {
    let table = transaction.open_table(table).unwrap();
    let entries = table.iter().unwrap().map(|entry| {
        let (key, bytes) = entry.unwrap();
        view(key.value(), decode(bytes.value()).unwrap())
    });
    entries.collect()
}
