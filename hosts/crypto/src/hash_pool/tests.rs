use super::*;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use auth_runtime::Claimant;

const SCHEME: HashScheme = HashScheme::BcryptSha256(4);

fn pool(threads: usize, queue: usize) -> HashPool {
    HashPool::new(HashPoolConfig {
        threads: NonZeroUsize::new(threads).unwrap(),
        queue,
    })
    .unwrap()
}

fn claim(source: &str) -> HashClaim {
    HashClaim {
        claimant: Claimant::Stranger,
        source: Some(source.to_owned()),
        commitment: Commitment::default(),
    }
}

fn place(pool: &HashPool) -> PoolPlace {
    pool.take(claim("192.0.2.1")).ok().unwrap()
}

/// A task that runs a closure.
fn task(run: impl FnOnce() -> u8 + Send + 'static) -> Task {
    Task::Alone(Box::new(|_| Ok(Zeroizing::new(vec![run()]))))
}

/// Keeps a thread of a pool busy until the sender is dropped.
fn occupy(pool: &HashPool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let (reply, answer) = oneshot::channel();
    let wait = move || {
        let _answer = answer;
        started.send(()).unwrap();
        let _ = released.recv();
        0
    };
    let job = Job {
        operation: "hash",
        task: task(wait),
        commitment: Commitment::default(),
        reply,
    };
    let _waiting = Queue::wait(&pool.queue, None, job);
    has_started.recv().unwrap();
    release
}

#[tokio::test]
async fn hashes_and_verifies() {
    let pool = pool(2, 2);
    let place = pool.admit(claim("192.0.2.1")).unwrap();
    let hash = |salt| place.hash("correct horse".to_owned(), SCHEME, salt);
    let verify =
        |password: &str, stored: &str| place.verify(password.to_owned(), stored.to_owned());
    let stored = hash(vec![7; 16]).await.unwrap();
    assert!(verify("correct horse", &stored).await.unwrap());
    assert!(!verify("wrong horse", &stored).await.unwrap());
    assert!(hash(vec![7; 15]).await.is_err());
}

#[test]
fn has_as_many_places_as_threads_and_queue() {
    let pool = pool(1, 2);
    assert_eq!(pool.places(), 3);
    let take = |source: usize| pool.admit(claim(&format!("192.0.2.{source}")));
    let mut places: Vec<_> = (0..3).map(|source| take(source).unwrap()).collect();
    assert!(take(3).is_none());
    places.pop();
    assert!(take(3).is_some());
}

#[tokio::test(start_paused = true)]
async fn admits_nobody_whose_hash_would_come_too_late() {
    let pool = pool(2, 30);
    pool.pace.note(Duration::from_secs(4), 1);
    let flow = Duration::from_secs(20);
    // Two threads make five hashes each in 20 seconds.
    let admitted = deadline::within(tokio::time::Instant::now() + flow, async {
        let take = |source| pool.take(claim(&format!("192.0.2.{source}")));
        let taken: Vec<_> = (0..20).map_while(|source| take(source).ok()).collect();
        // One of the ten is kept for those who are known.
        let refusal = take(20).err();
        let known = pool.take(HashClaim {
            claimant: Claimant::KnownDevice,
            ..claim("192.0.2.21")
        });
        (taken.len(), refusal, known.is_ok(), take(22).err())
    });
    assert_eq!(admitted.await, (9, Some("full"), true, Some("late")));
}

#[tokio::test(start_paused = true)]
async fn a_thread_that_is_free_is_used_however_slow_hashes_are() {
    let pool = pool(2, 30);
    pool.pace.note(Duration::from_secs(60), 1);
    let soon = tokio::time::Instant::now() + Duration::from_secs(1);
    let (one, two, three) = deadline::within(soon, async {
        (
            pool.take(claim("192.0.2.1")),
            pool.take(claim("192.0.2.2")),
            pool.take(claim("192.0.2.3")),
        )
    })
    .await;
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(three.err(), Some("late"));
}

#[tokio::test]
async fn skips_whoever_gave_up() {
    let pool = pool(1, 4);
    let release = occupy(&pool);
    let computed = Arc::new(AtomicU8::new(0));
    let place = place(&pool);
    let compute = || {
        let computed = Arc::clone(&computed);
        place.compute(
            "hash",
            task(move || computed.fetch_add(1, Ordering::SeqCst)),
        )
    };
    let (mut abandoned, mut awaited) = (Box::pin(compute()), Box::pin(compute()));
    assert!(is_pending(&mut abandoned).await);
    assert!(is_pending(&mut awaited).await);
    assert_eq!(pool.waiting(), 2);
    drop(abandoned);
    drop(release);
    assert_eq!(*awaited.await.unwrap(), [0]);
    assert_eq!(pool.waiting(), 0);
    assert_eq!(computed.load(Ordering::SeqCst), 1);
}

/// Polls the future once. True when it is still pending.
async fn is_pending<F: Future + Unpin>(future: &mut F) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
    })
    .await
}

#[tokio::test]
async fn commits_a_flow_when_its_hash_begins_and_not_before() {
    let pool = pool(1, 4);
    let release = occupy(&pool);
    let claim = claim("192.0.2.1");
    let commitment = claim.commitment.clone();
    let place = pool.take(claim).ok().unwrap();
    let mut hashed = Box::pin(place.compute("hash", task(|| 0)));
    assert!(is_pending(&mut hashed).await);
    assert!(!commitment.is_committed());
    drop(release);
    hashed.await.unwrap();
    assert!(commitment.is_committed());
}

#[tokio::test]
async fn hashes_side_by_side_are_those_of_each_alone() {
    let pool = pool(1, 62);
    let place = pool.take(claim("192.0.2.1")).ok().unwrap();
    let other = pool.take(claim("192.0.2.2")).ok().unwrap();
    let hash = |number: u8| {
        let place = if number.is_multiple_of(2) {
            &place
        } else {
            &other
        };
        // Hashes of two costs and two schemes wait at the same time.
        let scheme = match number % 3 {
            0 => HashScheme::BcryptSha256(5),
            _ => SCHEME,
        };
        place.hash(format!("password {number}"), scheme, vec![number; 16])
    };
    let release = occupy(&pool);
    let mut waiting: Vec<_> = (0..11).map(hash).collect();
    for hash in &mut waiting {
        assert!(is_pending(hash).await);
    }
    drop(release);
    let mut made = Vec::new();
    for hash in waiting {
        made.push(hash.await.unwrap());
    }
    for (number, made) in (0..).zip(&made) {
        assert_eq!(*made, hash(number).await.unwrap());
        let right = place.verify(format!("password {number}"), made.clone());
        assert!(right.await.unwrap());
    }
}

#[tokio::test]
async fn a_panic_costs_one_answer_and_no_thread() {
    let pool = pool(1, 1);
    let place = place(&pool);
    let failed = place.compute("hash", task(|| panic!("a bug"))).await;
    assert!(matches!(failed, Err(AdapterError::Fault(_))));
    assert_eq!(*place.compute("hash", task(|| 7)).await.unwrap(), [7]);
}

#[test]
fn its_threads_end_with_it() {
    let pool = pool(1, 1);
    let queue = Arc::downgrade(&pool.queue);
    let release = occupy(&pool);
    drop(pool);
    drop(release);
    while queue.strong_count() > 0 {
        thread::yield_now();
    }
}
