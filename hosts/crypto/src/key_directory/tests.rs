use super::*;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::TempDir;

use auth_memory::ManualClock;

const NOW: u64 = 1_790_000_000_123;
const HOUR: Duration = Duration::from_secs(3600);
const HOUR_MILLIS: u64 = 3_600_000;
const TOKEN: Duration = Duration::from_secs(630);

fn open(path: &Path, clock: &Arc<ManualClock>) -> Result<KeyDirectory, KeyDirectoryError> {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    KeyDirectory::open_or_create(path, Algorithm::EdDsa, clock, TOKEN)
}

/// A key directory with its first key, and the temporary folder that holds it.
fn fresh() -> (KeyDirectory, Arc<ManualClock>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    (
        open(&folder.path().join("keys"), &clock).unwrap(),
        clock,
        folder,
    )
}

fn states(keys: &KeyDirectory) -> Vec<KeyState> {
    keys.list().unwrap().iter().map(|key| key.state).collect()
}

fn key_path(keys: &KeyDirectory, id: &str) -> PathBuf {
    keys.directory.file(&file_name(id))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_first_key_is_active_at_once_and_stays() {
    let (keys, clock, folder) = fresh();
    let list = keys.list().unwrap();
    assert_eq!(states(&keys), [KeyState::Active]);
    assert_eq!(list[0].life.activates_at, NOW);
    let again = open(&folder.path().join("keys"), &clock).unwrap();
    assert_eq!(again.list().unwrap(), list);
    let mac = |keys: &KeyDirectory| {
        keys.load()
            .unwrap()
            .mac(auth_runtime::Purpose::RefreshToken, b"message")
    };
    assert_eq!(mac(&again), mac(&keys));
}

#[test]
fn nobody_else_can_read_anything() {
    let (keys, _clock, _folder) = fresh();
    assert_eq!(mode(keys.directory.path()), 0o700);
    let names = keys.directory.names().unwrap();
    assert_eq!(names.len(), 3);
    for name in names {
        assert_eq!(mode(&keys.directory.file(&name)), 0o600, "{name}");
    }
}

#[test]
fn refuses_what_others_can_read() {
    let (keys, _clock, _folder) = fresh();
    let id = keys.list().unwrap().remove(0).id;
    let directory = keys.directory.path().to_owned();
    for (path, wrong, right) in [
        (key_path(&keys, &id), 0o640, 0o600),
        (key_path(&keys, &id), 0o604, 0o600),
        (keys.directory.file("mac.secret"), 0o660, 0o600),
        (directory.clone(), 0o750, 0o700),
        (directory, 0o701, 0o700),
    ] {
        chmod(&path, wrong);
        let error = keys.load().err().unwrap().to_string();
        let path_text = path.display();
        assert_eq!(
            error,
            format!("`{path_text}` is open to other users: run `chmod {right:o} {path_text}`")
        );
        chmod(&path, right);
        assert!(keys.load().is_ok());
    }
}

#[test]
fn a_key_is_published_before_it_signs_and_verifies_until_its_tokens_expire() {
    use KeyState::{Active, Published, Removed, Retired};
    let (keys, clock, _folder) = fresh();
    let new = keys.rotate(HOUR).unwrap();
    assert_eq!(
        (new.state, new.life.activates_at),
        (Published, NOW + HOUR_MILLIS)
    );
    let last_token = HOUR_MILLIS + 630_000 + 60_000;
    for (since, expected) in [
        (0, [Active, Published]),
        (HOUR_MILLIS - 1, [Active, Published]),
        (HOUR_MILLIS, [Retired, Active]),
        (last_token - 1, [Retired, Active]),
        (last_token, [Removed, Active]),
    ] {
        clock.set(NOW + since);
        assert_eq!(states(&keys), expected, "after {since} ms");
    }
    // The next rotation removes the key that no token needs any more.
    let old = keys.list().unwrap().remove(0).id;
    keys.rotate(HOUR).unwrap();
    assert_eq!(states(&keys), [Active, Published]);
    assert!(!key_path(&keys, &old).exists());
}

#[test]
fn without_lead_the_new_key_signs_at_once() {
    let (keys, clock, _folder) = fresh();
    clock.advance(Duration::from_millis(1));
    let new = keys.rotate(Duration::ZERO).unwrap();
    assert_eq!(new.state, KeyState::Active);
    assert_eq!(states(&keys), [KeyState::Retired, KeyState::Active]);
    assert!(matches!(
        keys.rotate(HOUR * 9000),
        Err(KeyDirectoryError::LeadTooLong)
    ));
}

#[test]
fn a_new_key_follows_the_active_one_whatever_the_clock_says() {
    let (keys, clock, _folder) = fresh();
    let first = keys.list().unwrap().remove(0).id;
    for (now, activates_at) in [(NOW, NOW + 1), (NOW - HOUR_MILLIS, NOW + 1)] {
        clock.set(now);
        let new = keys.rotate(Duration::ZERO).unwrap();
        assert_eq!(new.life.activates_at, activates_at);
        assert_eq!(keys.load().unwrap().active(now).unwrap().id(), first);
    }
}

#[test]
fn only_keys_that_do_not_sign_can_be_retired() {
    let (keys, clock, _folder) = fresh();
    let first = keys.list().unwrap().remove(0).id;
    assert!(matches!(
        keys.retire(&first),
        Err(KeyDirectoryError::Active(_))
    ));
    // It cannot be retired while the clock runs behind either.
    clock.set(NOW - 1);
    assert!(matches!(
        keys.retire(&first),
        Err(KeyDirectoryError::Active(_))
    ));
    clock.set(NOW);
    assert!(matches!(
        keys.retire("../first"),
        Err(KeyDirectoryError::Unknown(_))
    ));

    let second = keys.rotate(HOUR).unwrap().id;
    keys.retire(&second).unwrap();
    clock.advance(Duration::from_millis(2 * HOUR_MILLIS));
    assert_eq!(states(&keys), [KeyState::Active, KeyState::Removed]);

    keys.rotate(Duration::ZERO).unwrap();
    assert_eq!(states(&keys), [KeyState::Retired, KeyState::Active]);
    keys.retire(&first).unwrap();
    keys.retire(&first).unwrap();
    assert_eq!(states(&keys), [KeyState::Removed, KeyState::Active]);
}

#[test]
fn writes_a_file_that_people_can_read() {
    let (keys, _clock, _folder) = fresh();
    let id = keys.list().unwrap().remove(0).id;
    let text = fs::read_to_string(key_path(&keys, &id)).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["alg"], "EdDSA");
    assert_eq!(file["kid"], id);
    assert_eq!(file["created"], "2026-09-21T14:13:20.123Z");
    assert_eq!(file["activates"], file["created"]);
}

#[test]
fn refuses_files_that_were_changed() {
    let (keys, _clock, _folder) = fresh();
    let id = keys.list().unwrap().remove(0).id;
    let path = key_path(&keys, &id);
    let text = fs::read_to_string(&path).unwrap();
    for (from, to, sentence) in [
        ("EdDSA", "RS256", "`kid` or `alg` is not that of its key"),
        (
            "\"kid\": \"",
            "\"kid\": \"x",
            "`kid` or `alg` is not that of its key",
        ),
        (
            "\"created\": \"2026",
            "\"created\": \"26",
            "line 4 is not as it was written",
        ),
        (
            "\"alg\"",
            "\"algorithm\"",
            "line 3 is not as it was written",
        ),
        ("\"pkcs8\": \"", "\"pkcs8\": \"!", "`pkcs8` is not base64"),
        (
            "\"pkcs8\": \"",
            "\"pkcs8\": \"AAAA",
            "neither an Ed25519 nor",
        ),
    ] {
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let error = keys.load().err().unwrap().to_string();
        assert!(
            error.contains(sentence),
            "`{error}` instead of `{sentence}`"
        );
        assert!(error.contains(&id), "{error}");
    }
    fs::write(&path, &text).unwrap();
    fs::rename(&path, keys.directory.file("key-other.json")).unwrap();
    assert!(
        keys.load()
            .err()
            .unwrap()
            .to_string()
            .contains("not named after its key")
    );
}

#[test]
fn what_a_crash_left_unfinished_is_ignored_and_then_removed() {
    let (keys, _clock, _folder) = fresh();
    let unfinished = keys.directory.file("key-half.json.new");
    fs::write(&unfinished, "{").unwrap();
    assert_eq!(states(&keys), [KeyState::Active]);
    keys.rotate(HOUR).unwrap();
    assert!(!unfinished.exists());
}

#[test]
fn an_emptied_directory_is_an_error_for_whoever_has_it_open() {
    let (keys, _clock, _folder) = fresh();
    let id = keys.list().unwrap().remove(0).id;
    fs::remove_file(key_path(&keys, &id)).unwrap();
    assert!(matches!(keys.load(), Err(KeyDirectoryError::Empty(_))));
}

#[test]
fn generates_no_shared_secret() {
    let folder = tempfile::tempdir().unwrap();
    let opened = KeyDirectory::open_or_create(
        folder.path().join("keys"),
        Algorithm::Hs256,
        Arc::new(ManualClock::at(NOW)),
        TOKEN,
    );
    assert!(matches!(opened, Err(KeyDirectoryError::SharedSecret)));
}

#[test]
fn many_at_once_make_one_first_key_and_lose_no_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let clock = Arc::new(ManualClock::at(NOW));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| open(&path, &clock).unwrap().rotate(HOUR).unwrap());
        }
    });
    let states = states(&open(&path, &clock).unwrap());
    assert_eq!(states.len(), 9);
    assert_eq!(
        states
            .iter()
            .filter(|state| **state == KeyState::Active)
            .count(),
        1
    );
}

/// The code that tokens get now.
fn code(keys: &KeyDirectory) -> Vec<u8> {
    let set = keys.load().unwrap();
    set.mac(auth_runtime::Purpose::RefreshToken, b"message")
}

/// Whether the code is right at the time of the clock.
fn accepts(keys: &KeyDirectory, clock: &ManualClock, code: &Vec<u8>) -> bool {
    let set = keys.load().unwrap();
    let codes = set.macs(auth_runtime::Purpose::RefreshToken, b"message", clock.now());
    codes.contains(code)
}

#[test]
fn codes_of_the_secret_before_are_right_during_the_overlap() {
    let (keys, clock, _folder) = fresh();
    let first = code(&keys);
    keys.rotate_secret(2 * HOUR).unwrap();
    let second = code(&keys);
    assert_ne!(second, first);
    assert!(accepts(&keys, &clock, &first) && accepts(&keys, &clock, &second));
    clock.advance(HOUR);
    keys.rotate_secret(2 * HOUR).unwrap();
    let third = code(&keys);
    for (advance, right) in [
        (Duration::from_millis(HOUR_MILLIS - 1), [true, true, true]),
        (Duration::from_millis(1), [false, true, true]),
        (HOUR, [false, false, true]),
    ] {
        clock.advance(advance);
        let found = [&first, &second, &third].map(|code| accepts(&keys, &clock, code));
        assert_eq!(found, right, "after {advance:?}");
    }
}

#[test]
fn a_leaked_secret_ends_at_once_and_with_it_those_before() {
    let (keys, clock, _folder) = fresh();
    let first = code(&keys);
    keys.rotate_secret(2 * HOUR).unwrap();
    let second = code(&keys);
    keys.rotate_secret(HOUR).unwrap();
    clock.advance(HOUR);
    assert!(
        !accepts(&keys, &clock, &first),
        "the shorter overlap is for all"
    );
    keys.rotate_secret(HOUR).unwrap();
    let third = code(&keys);
    keys.rotate_secret(Duration::ZERO).unwrap();
    for code in [first, second, third] {
        assert!(!accepts(&keys, &clock, &code));
    }
    let left = keys.directory.names().unwrap();
    assert_eq!(
        left.iter().filter(|name| name.starts_with("mac")).count(),
        1
    );
}

#[test]
fn only_so_many_secrets_verify() {
    let (keys, clock, _folder) = fresh();
    let first = code(&keys);
    for _ in 0..7 {
        keys.rotate_secret(HOUR).unwrap();
    }
    assert!(accepts(&keys, &clock, &first));
    let error = keys.rotate_secret(HOUR).unwrap_err().to_string();
    assert!(error.starts_with("7 secrets"), "{error}");
    clock.advance(HOUR);
    keys.rotate_secret(HOUR).unwrap();
}

#[test]
fn a_damaged_secret_is_named() {
    let (keys, _clock, _folder) = fresh();
    keys.rotate_secret(HOUR).unwrap();
    let file = keys.directory.file("mac-1.secret");
    assert_eq!(mode(&file), 0o600);
    fs::write(&file, [0; 39]).unwrap();
    let error = keys.load().err().unwrap().to_string();
    assert!(error.contains("mac-1.secret` is not a key file"), "{error}");
    assert!(keys.rotate_secret(HOUR).is_err());
}
