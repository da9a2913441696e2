//! Refused logins do the same work whether or not the address has an account.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use auth_flows::{EMAIL, PASSWORD, TestService, attempt};
use auth_memory::QuickHasher;
use auth_runtime::{
    ActiveKey, AdapterError, HashClaim, HashPlace, HashScheme, Limits, LoginAttempt, LoginError,
    PasswordHasher, Purpose, Signer,
};

const SALT: &str = "0123456789abcdefghijkl";
const UNKNOWN: &str = "bob@example.org";

/// Adds up the rounds of bcrypt and, a million times, the memory times passes of Argon2id.
struct Meter {
    hasher: Arc<QuickHasher>,
    rounds: Arc<AtomicU64>,
}

fn rounds(stored: &str) -> u64 {
    let number = |text: &str| text.parse::<u64>().unwrap();
    if let Some(rest) = stored.strip_prefix("$argon2id$v=19$m=") {
        let (memory, rest) = rest.split_once(",t=").unwrap();
        return 1_000_000 * number(memory) * number(rest.split_once(',').unwrap().0);
    }
    let cost = match stored.strip_prefix("$bcrypt-sha256$") {
        Some(rest) => rest.split_once('$').unwrap().0,
        None => stored[4..].split_once('$').unwrap().0,
    };
    let cost = cost.rsplit(',').next().unwrap();
    1 << number(cost.trim_start_matches("r="))
}

impl PasswordHasher for Meter {
    fn admit(&self, claim: HashClaim) -> Option<Box<dyn HashPlace>> {
        Some(Box::new(MeteredPlace {
            hasher: Arc::clone(&self.hasher),
            rounds: Arc::clone(&self.rounds),
            place: self.hasher.admit(claim)?,
        }))
    }

    fn places(&self) -> usize {
        self.hasher.places()
    }

    fn can_read(&self, stored: &str) -> bool {
        self.hasher.can_read(stored)
    }
}

struct MeteredPlace {
    hasher: Arc<QuickHasher>,
    rounds: Arc<AtomicU64>,
    place: Box<dyn HashPlace>,
}

#[async_trait]
impl HashPlace for MeteredPlace {
    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError> {
        self.place.hash(password, scheme, salt).await
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError> {
        if self.hasher.can_read(&stored) {
            self.rounds.fetch_add(rounds(&stored), Ordering::SeqCst);
        }
        self.place.verify(password, stored).await
    }
}

/// Counts the codes that it computes.
struct CountingSigner {
    signer: Arc<dyn Signer>,
    codes: Arc<AtomicU64>,
}

impl Signer for CountingSigner {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        self.signer.active()
    }

    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.signer.sign(id, message)
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.codes.fetch_add(message.len() as u64, Ordering::SeqCst);
        self.signer.mac(purpose, message)
    }

    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        self.codes.fetch_add(message.len() as u64, Ordering::SeqCst);
        self.signer.macs(purpose, message)
    }
}

/// A service whose work is counted.
struct Metered {
    test: TestService,
    meter: Arc<Meter>,
    codes: Arc<AtomicU64>,
}

/// What one refused login did: its answer, the store calls, the bytes under a code, and the rounds
/// of hashes.
type Work = (String, Vec<&'static str>, u64, u64);

impl Metered {
    async fn new(policy: &str) -> Self {
        let plain = TestService::new(policy);
        plain.ada().await;
        let meter = Arc::new(Meter {
            hasher: plain.hasher.clone(),
            rounds: Arc::default(),
        });
        let codes = Arc::new(AtomicU64::default());
        let test = plain.changed(
            |lent| {
                lent.password_hasher = meter.clone();
                lent.signer = Arc::new(CountingSigner {
                    signer: lent.signer.clone(),
                    codes: codes.clone(),
                });
            },
            Limits::default(),
        );
        Self { test, meter, codes }
    }

    async fn work(&self, login: LoginAttempt) -> Work {
        self.test.stores.take_calls();
        self.meter.rounds.store(0, Ordering::SeqCst);
        self.codes.store(0, Ordering::SeqCst);
        let refused = self.test.try_login(login).await.unwrap_err();
        (
            format!("{refused:?}"),
            self.test.stores.take_calls(),
            self.codes.load(Ordering::SeqCst),
            self.meter.rounds.load(Ordering::SeqCst),
        )
    }
}

/// A device token that is well formed and nobody's.
fn some_token() -> String {
    format!("csd_{}", "A".repeat(75))
}

#[tokio::test]
async fn an_address_shows_in_no_work_blocked_or_not_with_a_device_token_or_without() {
    let metered = Metered::new("").await;
    for device_token in [None, Some("nonsense".to_owned()), Some(some_token())] {
        // The counters of both are blocked after five failures.
        for number in 0..8 {
            let login = |email: &str| LoginAttempt {
                device_token: device_token.clone(),
                source: format!("192.0.2.{}", device_token.as_ref().map_or(0, String::len)),
                ..attempt(email, "a wrong guess of no length in particular")
            };
            let known = metered.work(login(EMAIL)).await;
            let unknown = metered.work(login(UNKNOWN)).await;
            let invalid = metered.work(login("not an address")).await;
            assert_eq!(known, unknown, "{number}");
            assert_eq!(known, invalid, "{number}");
            assert_eq!(known.0.contains("Throttled"), number >= 5, "{known:?}");
            assert_eq!(known.3 > 0, number < 5, "a blocked attempt costs no hash");
            let is_code = device_token.as_ref().is_some_and(|token| token.len() == 79);
            assert_eq!(known.2 > 0, is_code);
        }
    }
}

#[tokio::test]
async fn the_stored_hash_shows_in_no_work() {
    let argon2id = "hashing.scheme = 'argon2id'";
    for (policy, head) in [
        ("hashing.bcrypt_cost = 14", format!("$2b$04${SALT}")),
        ("hashing.bcrypt_cost = 14", format!("$2a$12${SALT}")),
        ("hashing.bcrypt_cost = 14", format!("$2y$13${SALT}")),
        ("hashing.bcrypt_cost = 14", format!("$2b$14${SALT}")),
        ("", format!("$bcrypt-sha256$v=2,t=2b,r=10${SALT}$")),
        ("", format!("$bcrypt-sha256$v=2,t=2b,r=12${SALT}$")),
        ("", String::new()),
        ("", "5f4dcc3b5aa765d61d8327deb882cf99".to_owned()),
        (argon2id, format!("$argon2id$v=19$m=8192,t=1,p=1${SALT}$")),
        (argon2id, format!("$argon2id$v=19$m=19456,t=1,p=1${SALT}$")),
        (argon2id, format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$")),
        (argon2id, "unreadable".to_owned()),
        ("hashing.former_bcrypt_cost = 14", format!("$2b$14${SALT}")),
        ("hashing.former_bcrypt_cost = 14", format!("$2b$10${SALT}")),
        (
            "hashing.former_argon2_memory_kib = 65536\nhashing.former_argon2_passes = 3",
            format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}$"),
        ),
        (
            "hashing.scheme = 'argon2id'\nhashing.former_bcrypt_cost = 12",
            format!("$2y$12${SALT}"),
        ),
        (
            "hashing.scheme = 'argon2id'\nhashing.former_bcrypt_cost = 12",
            format!("$bcrypt-sha256$2b,10${SALT}$"),
        ),
        (
            "hashing.scheme = 'argon2id'\nhashing.former_bcrypt_cost = 12",
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$"),
        ),
    ] {
        let metered = Metered::new(policy).await;
        let stored = QuickHasher::stored(&head, PASSWORD);
        metered
            .test
            .edit(EMAIL, |account| account.password_hash = stored)
            .await;
        for password in [
            "wrong",
            "",
            "a\u{7}",
            "e\u{301} decomposed",
            &"x".repeat(20_000),
        ] {
            let known = metered.work(attempt(EMAIL, password)).await;
            let unknown = metered.work(attempt(UNKNOWN, password)).await;
            assert_eq!(known, unknown, "{policy} {head} {password:.20}");
            assert!(known.3 > 0);
            metered.test.wait(3_600);
        }
    }
}

#[tokio::test]
async fn each_spelling_is_verified_for_each_address() {
    let metered = Metered::new("").await;
    for (password, hashes) in [("composed \u{e9}", 1), ("decomposed e\u{301}", 2)] {
        for email in [EMAIL, UNKNOWN] {
            let work = metered.work(attempt(email, password)).await;
            assert_eq!(work.3, hashes << 12, "{email} {password}");
        }
    }
    let answer = metered.test.try_login(attempt(EMAIL, PASSWORD)).await;
    assert!(answer.is_ok() || matches!(answer, Err(LoginError::Throttled(_))));
}
