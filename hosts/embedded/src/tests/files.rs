//! The database file: its mode, its lock, and the errors of a file that does not open.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auth_conformance::records;
use auth_memory::ManualClock;
use auth_runtime::{
    AccountStore, AdapterError, Code, CodeState, CodeStore, Counter, SessionStore, ThrottleStore,
};
use redb::TableDefinition;
use tempfile::TempDir;

use super::{account, assert_consistent, session};
use crate::tables::{ACCOUNTS, SCHEMA, SESSIONS};
use crate::{EmbeddedStore, OpenError, OpenFailure};

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");

fn open(path: &Path) -> Result<EmbeddedStore, OpenError> {
    EmbeddedStore::open(path, Arc::new(ManualClock::default()))
}

/// Makes a database file with a few records. The folder exists as long as its guard is kept.
async fn filled() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.redb");
    let store = open(&path).unwrap();
    for index in 0..20 {
        let id = format!("{index}");
        AccountStore::insert(&store, account(&id)).await.unwrap();
        SessionStore::insert(&store, session(&id, 1)).await.unwrap();
    }
    (directory, path)
}

fn damage(path: &Path, table: TableDefinition<&str, &[u8]>, key: &str, bytes: &[u8]) {
    let database = redb::Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(table)
        .unwrap()
        .insert(key, bytes)
        .unwrap();
    transaction.commit().unwrap();
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let (_directory, path) = filled().await;
    let store = open(&path).unwrap();
    let counter = Counter {
        failures: 1,
        window_started_at: 2,
        blocked_until: 3,
        blocks: 4,
        consecutive: 5,
        version: 1,
    };
    let code = Code {
        expires_at: Some(u64::MAX),
        state: CodeState::Claimed("id".to_owned()),
        ..records::code(1)
    };
    ThrottleStore::put(&store, "key", counter, None, u64::MAX)
        .await
        .unwrap();
    CodeStore::put(&store, "setup", code.clone(), None)
        .await
        .unwrap();
    SessionStore::replace(&store, session("7", 2), 1)
        .await
        .unwrap();
    SessionStore::remove(&store, "8").await.unwrap();
    drop(store);

    let store = open(&path).unwrap();
    assert_eq!(
        ThrottleStore::find(&store, &["key".to_owned()])
            .await
            .unwrap(),
        [Some(counter)]
    );
    assert_eq!(CodeStore::find(&store, "setup").await.unwrap(), Some(code));
    assert_eq!(
        SessionStore::find(&store, "7").await.unwrap(),
        Some(session("7", 2))
    );
    assert_eq!(SessionStore::find(&store, "8").await.unwrap(), None);
    let accounts = store.list_page("", None, u32::MAX).await.unwrap();
    assert_eq!(accounts.items.len(), 20);
    assert_consistent(&store);
}

#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    let (_directory, path) = filled().await;
    assert_eq!(
        fs::metadata(path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_has_closed() {
    let (_directory, path) = filled().await;
    let first = open(&path).unwrap();
    let error = open(&path).err().unwrap();
    let sentence = format!(
        "the database `{}` is in use by another countersign process",
        path.display()
    );
    assert_eq!(error.to_string(), sentence);
    first.close();
    open(&path).unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (_directory, path) = filled().await;
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(META)
        .unwrap()
        .insert("schema", SCHEMA + 1)
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = open(&path).err().unwrap();
    assert!(matches!(error.reason, OpenFailure::Newer { found } if found == SCHEMA + 1));
    assert!(
        error
            .to_string()
            .ends_with("it has schema 2, this one knows 1"),
        "{error}"
    );
}

#[test]
fn what_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("text", b"users: []\n".to_vec()),
        ("long-text", b"users: []\n".repeat(100_000)),
        ("zeros", vec![0; 100_000]),
    ] {
        let path = directory.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let error = open(&path).err().unwrap();
        assert!(
            matches!(error.reason, OpenFailure::Damaged(_)),
            "{name}: {error}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}: left as it was");
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_or_complete() {
    let (_directory, path) = filled().await;
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for place in (0..whole.len()).step_by(997) {
        fs::write(&path, &whole).unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[!whole[place]], place as u64).unwrap();
        match open(&path) {
            Ok(store) => {
                let accounts = store.list_page("", None, u32::MAX).await.unwrap();
                assert_eq!(accounts.items.len(), 20, "byte {place}");
                assert_consistent(&store);
            }
            Err(OpenError {
                reason: OpenFailure::Damaged(_),
                ..
            }) => refused += 1,
            Err(error) => panic!("byte {place}: {error}"),
        }
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn a_cut_file_is_refused() {
    let (_directory, path) = filled().await;
    let whole = fs::read(&path).unwrap();
    for length in [1, 100, 4096, 10_000, whole.len() / 2, whole.len() - 4096] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = open(&path).err().unwrap();
        assert!(
            matches!(error.reason, OpenFailure::Damaged(_)),
            "{length} bytes: {error}"
        );
    }
}

#[test]
fn a_place_that_cannot_hold_a_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = open(&directory.path().join("missing").join("store.redb"))
        .err()
        .unwrap();
    assert!(matches!(missing.reason, OpenFailure::Missing), "{missing}");
    let folder = open(directory.path()).err().unwrap();
    assert!(matches!(folder.reason, OpenFailure::Io(_)), "{folder}");

    let cases = [
        (io::ErrorKind::PermissionDenied, "permission denied"),
        (
            io::ErrorKind::ReadOnlyFilesystem,
            "lies on a read-only file system",
        ),
    ];
    for (kind, end) in cases {
        let reason = OpenFailure::from(io::Error::from(kind));
        let error = OpenError {
            path: PathBuf::from("/data/store.redb"),
            reason,
        };
        let sentence = error.to_string();
        assert!(
            sentence.starts_with("the database `/data/store.redb` "),
            "{sentence}"
        );
        assert!(sentence.ends_with(end), "{sentence}");
    }
}

#[tokio::test]
async fn a_record_of_unknown_layout_is_a_fault_of_its_own() {
    let (_directory, path) = filled().await;
    let mut too_long =
        crate::record::encode(&crate::record::StoredAccount::V2(account("3"))).unwrap();
    too_long.write_all(b"!").unwrap();
    for (key, bytes) in [("1", &[] as &[u8]), ("2", &[0x63; 40]), ("3", &too_long)] {
        damage(&path, ACCOUNTS, key, bytes);
        damage(&path, SESSIONS, key, bytes);
    }
    let store = open(&path).unwrap();
    for key in ["1", "2", "3"] {
        let by_id = AccountStore::find(&store, key).await;
        let by_email = store.find_by_email(&format!("{key}@example.com")).await;
        for found in [by_id, by_email] {
            assert!(
                matches!(found, Err(AdapterError::Fault(_))),
                "account `{key}`"
            );
        }
        let found = SessionStore::find(&store, key).await;
        assert!(
            matches!(found, Err(AdapterError::Fault(_))),
            "session `{key}`"
        );
        let removed = SessionStore::remove(&store, key).await;
        assert!(
            matches!(removed, Err(AdapterError::Fault(_))),
            "session `{key}`"
        );
    }
    SessionStore::replace(&store, session("4", 2), 1)
        .await
        .unwrap();
    assert_eq!(
        SessionStore::find(&store, "4").await.unwrap(),
        Some(session("4", 2))
    );
}

#[tokio::test]
async fn what_the_contract_rules_out_is_a_fault_and_writes_nothing() {
    let (_directory, path) = filled().await;
    let store = open(&path).unwrap();
    let mut moved = account("1");
    moved.email_key = "elsewhere@example.com".to_owned();
    let mut stolen = session("1", 2);
    stolen.account_id = "thief".to_owned();
    assert!(
        AccountStore::replace(&store, moved.clone(), 1)
            .await
            .is_err()
    );
    assert!(AccountStore::insert(&store, moved).await.is_err());
    assert!(
        SessionStore::replace(&store, stolen.clone(), 1)
            .await
            .is_err()
    );
    assert!(SessionStore::insert(&store, stolen).await.is_err());
    assert_eq!(
        AccountStore::find(&store, "1").await.unwrap(),
        Some(account("1"))
    );
    assert_eq!(
        SessionStore::find(&store, "1").await.unwrap(),
        Some(session("1", 1))
    );
    assert_consistent(&store);
}

#[tokio::test]
async fn a_sweep_removes_the_oldest_up_to_its_bound() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::default();
    let store = EmbeddedStore::open(
        &directory.path().join("store.redb"),
        Arc::new(clock.clone()),
    )
    .unwrap();
    for index in 1..=10 {
        SessionStore::insert(&store, session(&format!("{index:02}"), index))
            .await
            .unwrap();
    }
    clock.set(session("07", 7).expires_at);
    for (max, removed, left) in [(0, 0, 10), (4, 4, 6), (4, 2, 4), (4, 0, 4)] {
        assert_eq!(store.sweep(max).await.unwrap(), removed, "sweep of {max}");
        let kept = store
            .list_by_account("account", None, u32::MAX)
            .await
            .unwrap();
        assert_eq!(kept.len(), left, "after a sweep of {max}");
        assert_eq!(kept.last().unwrap().id, "10");
        assert_consistent(&store);
    }
}
