//! Places among those who hash: who asks for one, what registrations cost, and what becomes of a
//! flow whose client hangs up.

use std::sync::Arc;

use async_trait::async_trait;
use auth_flows::{EMAIL, PASSWORD, SOURCE, TestService, attempt};
use auth_memory::QuickHasher;
use auth_runtime::{
    AdapterError, AuditEventKind, Authority, Claimant, Commitment, HashClaim, HashPlace,
    HashScheme, Limits, LoginAttempt, NewAccount, PasswordHasher, RegisterError, Registered,
};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, yield_now};

const WRONG: &str = "not the password of anybody";

#[tokio::test]
async fn a_flow_says_whom_it_hashes_for() {
    use Claimant::{Administrator, KnownDevice, Newcomer, Session, Stranger};
    let test = TestService::new("");
    test.ada().await;
    test.account_with("bob@example.org", &[]).await;
    let ada = test.login(EMAIL, PASSWORD).await;
    let device = ada.device_token.clone().unwrap();
    let bobs = test.login("bob@example.org", PASSWORD).await.device_token;
    let expired = {
        test.wait(181 * 86_400);
        device.clone()
    };
    let ada = test.login(EMAIL, PASSWORD).await;
    let device = ada.device_token.clone();
    test.hasher.take_claims();

    let network = "2001:db8:1:2:3:4:5:6";
    for (email, password, device_token, claimant) in [
        (EMAIL, PASSWORD, device.clone(), KnownDevice),
        (EMAIL, WRONG, device.clone(), KnownDevice),
        (EMAIL, PASSWORD, None, Stranger),
        (EMAIL, PASSWORD, bobs, Stranger),
        (EMAIL, PASSWORD, Some(expired), Stranger),
        (EMAIL, PASSWORD, Some("csd_forged".to_owned()), Stranger),
        ("nobody@example.org", PASSWORD, device, Stranger),
        ("not an address", PASSWORD, None, Stranger),
    ] {
        let login = LoginAttempt {
            device_token,
            source: network.to_owned(),
            ..attempt(email, password)
        };
        let _ = test.try_login(login).await;
        let source = Some("2001:db8:1:2::/64".to_owned());
        assert_eq!(test.hasher.take_claims(), [(claimant, source)], "{email}");
    }

    let source = Some(SOURCE.to_owned());
    let registered = test.service.register("new@example.org", PASSWORD, SOURCE);
    registered.await.unwrap().unwrap();
    assert_eq!(test.hasher.take_claims(), [(Newcomer, source.clone())]);
    let token = &ada.access_token;
    let changed = test
        .service
        .change_password(token, PASSWORD, WRONG, SOURCE, None);
    changed.await.unwrap().unwrap();
    assert_eq!(test.hasher.take_claims(), [(Session, source)]);
    test.create("made@example.org", &[], None).await;
    assert_eq!(test.hasher.take_claims(), [(Administrator, None)]);
}

async fn register(
    test: &TestService,
    number: u32,
    source: &str,
) -> Result<Registered, RegisterError> {
    let email = format!("user-{number}@example.org");
    let registered = test.service.register(&email, PASSWORD, source);
    registered.await.unwrap()
}

#[tokio::test]
async fn a_source_registers_ten_times_an_hour_and_no_more() {
    let test = TestService::new("");
    for number in 0..10 {
        // Taken addresses count as well.
        let registered = register(&test, number / 2, SOURCE).await;
        assert_eq!(registered, Ok(Registered::Accepted), "{number}");
    }
    test.hasher.take_work();
    test.hasher.take_claims();
    for waited in [0, 1800, 1799] {
        test.wait(waited);
        let refused = register(&test, 10, SOURCE).await;
        assert!(matches!(refused, Err(RegisterError::Throttled(_))));
    }
    assert_eq!(test.hasher.take_work().hashes, 0);
    assert!(test.hasher.take_claims().is_empty());
    let elsewhere = register(&test, 11, "192.0.2.2").await;
    assert_eq!(elsewhere, Ok(Registered::Accepted));
    test.wait(1);
    assert_eq!(register(&test, 10, SOURCE).await, Ok(Registered::Accepted));
}

#[tokio::test]
async fn an_attempt_to_register_counts_only_if_it_costs_something() {
    let test = TestService::new("throttle.registration.failures = 1");
    for (email, password) in [("nobody", PASSWORD), (EMAIL, "short")] {
        let refused = test.service.register(email, password, SOURCE).await;
        assert!(refused.unwrap().is_err(), "{email}");
    }
    test.hasher.set_full(true);
    for number in 0..3 {
        let busy = register(&test, number, SOURCE).await;
        assert_eq!(busy, Err(RegisterError::Busy));
    }
    test.hasher.set_full(false);
    assert_eq!(register(&test, 1, SOURCE).await, Ok(Registered::Accepted));
    let refused = register(&test, 2, SOURCE).await;
    assert_eq!(refused, Err(RegisterError::Throttled(3600)));
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_in_parallel_are_no_more_than_those_in_a_row() {
    let test = TestService::new("");
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let test = test.clone();
            tokio::spawn(async move { register(&test, number, SOURCE).await })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += u32::from(task.await.unwrap().is_ok());
    }
    assert_eq!((accepted, test.hasher.take_work().hashes), (10, 10));
}

/// A hasher that begins and ends a hash when the test lets it.
struct HeldHasher {
    hasher: QuickHasher,
    places: usize,
    gate: Arc<Gate>,
}

struct Gate {
    begin: Semaphore,
    begun: Semaphore,
    end: Semaphore,
}

impl HeldHasher {
    fn new(begin: usize, places: usize) -> (Arc<Self>, Arc<Gate>) {
        let gate = Arc::new(Gate {
            begin: Semaphore::new(begin),
            begun: Semaphore::new(0),
            end: Semaphore::new(0),
        });
        let hasher = Self {
            hasher: QuickHasher::default(),
            places,
            gate: Arc::clone(&gate),
        };
        (Arc::new(hasher), gate)
    }
}

impl PasswordHasher for HeldHasher {
    fn admit(&self, claim: HashClaim) -> Option<Box<dyn HashPlace>> {
        Some(Box::new(HeldPlace {
            gate: Arc::clone(&self.gate),
            commitment: claim.commitment.clone(),
            place: self.hasher.admit(claim)?,
        }))
    }

    fn places(&self) -> usize {
        self.places
    }

    fn can_read(&self, stored: &str) -> bool {
        self.hasher.can_read(stored)
    }
}

struct HeldPlace {
    gate: Arc<Gate>,
    commitment: Commitment,
    place: Box<dyn HashPlace>,
}

impl HeldPlace {
    async fn hold(&self) {
        self.gate.begin.acquire().await.unwrap().forget();
        if self.commitment.commit() {
            self.gate.begun.add_permits(1);
        }
        self.gate.end.acquire().await.unwrap().forget();
    }
}

#[async_trait]
impl HashPlace for HeldPlace {
    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError> {
        self.hold().await;
        self.place.hash(password, scheme, salt).await
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError> {
        self.hold().await;
        self.place.verify(password, stored).await
    }
}

/// Begins logins with wrong passwords, each to another address from another source.
fn guess(test: &TestService, numbers: std::ops::Range<u32>) -> Vec<JoinHandle<()>> {
    let guess = |number| {
        let test = test.clone();
        let login = LoginAttempt {
            source: format!("198.51.100.{number}"),
            ..attempt(&format!("user-{number}@example.org"), WRONG)
        };
        tokio::spawn(async move {
            let _ = test.service.login(&login).await;
        })
    };
    numbers.map(guess).collect()
}

async fn hang_up(clients: Vec<JoinHandle<()>>) {
    for client in &clients {
        client.abort();
    }
    for client in clients {
        assert!(client.await.unwrap_err().is_cancelled());
    }
}

/// Lets all tasks run that can.
async fn settle() {
    for _ in 0..10_000 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_guess_that_was_hashed_counts_even_if_nobody_waits_for_the_answer() {
    let quick = TestService::new("");
    let (hasher, gate) = HeldHasher::new(40, 64);
    let test = quick.changed(|lent| lent.password_hasher = hasher, Limits::default());
    let clients = guess(&test, 0..40);
    gate.begun.acquire_many(40).await.unwrap().forget();
    hang_up(clients).await;
    assert_eq!(test.count_events(AuditEventKind::LoginFailed), 0);
    gate.end.add_permits(40);
    settle().await;
    assert_eq!(test.count_events(AuditEventKind::LoginFailed), 40);
    // Each was counted: four more from one source to one address begin a block.
    for number in 0..5 {
        let login = LoginAttempt {
            source: "198.51.100.7".to_owned(),
            ..attempt("user-7@example.org", WRONG)
        };
        let refused = quick.try_login(login).await.unwrap_err();
        let is_blocked = matches!(refused, auth_runtime::LoginError::Throttled(_));
        assert_eq!(is_blocked, number == 4, "{number}");
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_before_its_hash_begins_costs_nothing() {
    let quick = TestService::new("");
    let (hasher, gate) = HeldHasher::new(0, 64);
    let test = quick.changed(|lent| lent.password_hasher = hasher, Limits::default());
    let clients = guess(&test, 0..40);
    settle().await;
    hang_up(clients).await;
    settle().await;
    gate.begin.add_permits(40);
    gate.end.add_permits(40);
    settle().await;
    assert_eq!(gate.begun.available_permits(), 0);
    // The flows are gone, and none of them waits for a hash.
    assert_eq!(gate.begin.available_permits(), 40);
    assert!(test.events().is_empty());
}

#[tokio::test]
async fn a_change_that_was_hashed_is_made_even_if_nobody_waits_for_the_answer() {
    let quick = TestService::new("");
    let (hasher, gate) = HeldHasher::new(1, 64);
    let test = quick.changed(|lent| lent.password_hasher = hasher, Limits::default());
    let account = NewAccount {
        email: EMAIL.to_owned(),
        roles: Vec::new(),
        password: Some(PASSWORD.to_owned()),
    };
    let client = {
        let test = test.clone();
        tokio::spawn(async move {
            let _ = test
                .service
                .create_account(&Authority::Operator, &account)
                .await;
        })
    };
    gate.begun.acquire().await.unwrap().forget();
    hang_up(vec![client]).await;
    gate.end.add_permits(1);
    settle().await;
    quick.login(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn flows_that_wait_for_a_hash_leave_room_for_those_that_need_none() {
    let quick = TestService::new("");
    quick.ada().await;
    let tokens = quick.login(EMAIL, PASSWORD).await;
    let (hasher, gate) = HeldHasher::new(0, 8);
    let limits = Limits {
        concurrent_flows: 1,
        undecided_flows: 4,
        ..Limits::default()
    };
    let test = quick.changed(|lent| lent.password_hasher = hasher, limits);
    let clients = guess(&test, 0..40);
    settle().await;
    test.who_am_i(&tokens.access_token).await.unwrap();
    assert!(test.refresh(&tokens.refresh_token).await.is_ok());
    hang_up(clients).await;
    drop(gate);
}
