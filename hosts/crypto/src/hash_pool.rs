//! The pool of threads that hash passwords.
//!
//! A hash keeps a core busy for a quarter of a second. On an async thread it would delay every other
//! request, and on tokio's blocking pool hundreds of hashes would run at once. A pool therefore has
//! one thread for each core, a bounded queue, and a lower priority than the threads that answer
//! requests.
//!
//! The queue is written here, not taken from `rayon-core`, for three reasons: a caller that gives
//! up must cost nothing, the length of the queue is a metric, and bcrypt can compute several hashes
//! side by side on one thread, which then must take their inputs from this queue together.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use async_trait::async_trait;
use auth_runtime::{AdapterError, Admission, HashScheme, PasswordHasher};
use metrics::{Unit, describe_gauge, describe_histogram, gauge, histogram};
use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::passwords;

/// The size of a [`HashPool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashPoolConfig {
    /// Number of threads, each of which computes one hash at a time.
    pub threads: NonZeroUsize,
    /// Number of flows that may wait for a thread. The pool refuses the next one as busy.
    pub queue: usize,
}

impl Default for HashPoolConfig {
    /// One thread for each core, and 16 places in the queue for each thread. At the default cost
    /// the last flow in the queue waits about four seconds.
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            threads,
            queue: threads.get().saturating_mul(16),
        }
    }
}

/// Metric: the seconds that one hash took to compute, by operation.
const SECONDS: &str = "countersign_password_seconds";
/// Metric: the number of hashes that wait for a thread.
const WAITING: &str = "countersign_hash_queue";

/// Describes the metrics of the pool, with their units, to the installed recorder.
pub fn describe_metrics() {
    describe_histogram!(SECONDS, Unit::Seconds, "Time to compute one password hash");
    describe_gauge!(
        WAITING,
        Unit::Count,
        "Password hashes that wait for a thread"
    );
}

/// A pool that hashes and checks passwords. Its threads end when it is dropped.
pub struct HashPool {
    places: Arc<Semaphore>,
    queue: Arc<Queue>,
}

impl HashPool {
    /// Starts the threads of a pool.
    ///
    /// # Errors
    /// When the operating system cannot start a thread.
    pub fn new(config: HashPoolConfig) -> io::Result<Self> {
        let places = config.threads.get().saturating_add(config.queue);
        let pool = Self {
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            queue: Arc::default(),
        };
        for _ in 0..config.threads.get() {
            let queue = Arc::clone(&pool.queue);
            thread::Builder::new()
                .name("password-hash".to_owned())
                .spawn(move || work(&queue))?;
        }
        Ok(pool)
    }

    /// The number of hashes that wait for a thread.
    pub fn waiting(&self) -> usize {
        self.queue.lock().waiting.len()
    }

    /// Runs `compute` on a thread of the pool. A caller that gives up while it waits costs nothing.
    async fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        compute: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, AdapterError> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(move || {
            if !reply.is_closed() {
                let started = Instant::now();
                let computed = compute();
                histogram!(SECONDS, "operation" => operation).record(started.elapsed());
                // The caller may have given up during the computation. Then the result is dropped.
                let _ = reply.send(computed);
            }
        }));
        answer
            .await
            .map_err(AdapterError::fault)?
            .map_err(AdapterError::Fault)
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[async_trait]
impl PasswordHasher for HashPool {
    fn admit(&self) -> Option<Admission> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError> {
        let password = Zeroizing::new(password);
        self.run("hash", move || passwords::hash(&password, &scheme, &salt))
            .await
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError> {
        let password = Zeroizing::new(password);
        self.run("verify", move || passwords::verify(&password, &stored))
            .await
    }

    fn can_read(&self, stored: &str) -> bool {
        passwords::can_read(stored)
    }
}

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    changed: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    fn push(&self, job: Job) {
        let mut jobs = self.lock();
        jobs.waiting.push_back(job);
        gauge!(WAITING).set(waiting(&jobs));
        drop(jobs);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits for the next job; `None` once the queue is closed.
    fn next(&self) -> Option<Job> {
        let mut jobs = self.lock();
        while !jobs.closed {
            if let Some(job) = jobs.waiting.pop_front() {
                gauge!(WAITING).set(waiting(&jobs));
                return Some(job);
            }
            jobs = self
                .changed
                .wait(jobs)
                .unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        // No job runs under the lock, so the queue is consistent even after a panic.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn waiting(jobs: &Jobs) -> f64 {
    u32::try_from(jobs.waiting.len()).unwrap_or(u32::MAX).into()
}

fn work(queue: &Queue) {
    step_back();
    while let Some(job) = queue.next() {
        // A job that panics drops its reply, which its caller sees as a failure. The panic must not
        // end the thread as well.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// The nice value that gives a hashing thread a tenth of the weight of a usual thread. A thread
/// that answers a small request gets a core at once, and a flood of small requests still leaves a
/// share for logins.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Lowers the priority of this thread, so that the other threads of the process go first. Only
/// Linux has a nice value for each thread. Other systems have one for the process, and there
/// raising it would slow down the wrong threads.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the priority of a hashing thread stays as it is");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    const SCHEME: HashScheme = HashScheme::BcryptSha256(4);

    fn pool(threads: usize, queue: usize) -> HashPool {
        HashPool::new(HashPoolConfig {
            threads: NonZeroUsize::new(threads).unwrap(),
            queue,
        })
        .unwrap()
    }

    /// Keeps the only thread of a pool busy until the sender is dropped.
    fn occupy(pool: &HashPool) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = mpsc::channel();
        pool.queue.push(Box::new(move || {
            started.send(()).unwrap();
            let _ = released.recv();
        }));
        has_started.recv().unwrap();
        release
    }

    #[tokio::test]
    async fn hashes_and_verifies() {
        let pool = pool(2, 2);
        let stored = pool
            .hash("correct horse".to_owned(), SCHEME, vec![7; 16])
            .await
            .unwrap();
        assert!(
            pool.verify("correct horse".to_owned(), stored.clone())
                .await
                .unwrap()
        );
        assert!(!pool.verify("wrong horse".to_owned(), stored).await.unwrap());
        assert!(
            pool.hash("correct horse".to_owned(), SCHEME, vec![7; 15])
                .await
                .is_err()
        );
    }

    #[test]
    fn has_as_many_places_as_threads_and_queue() {
        let pool = pool(1, 2);
        let mut places: Vec<Admission> = (0..3).map(|_| pool.admit().unwrap()).collect();
        assert!(pool.admit().is_none());
        places.pop();
        assert!(pool.admit().is_some());
    }

    #[tokio::test]
    async fn skips_whoever_gave_up() {
        let pool = pool(1, 4);
        let release = occupy(&pool);
        let computed = Arc::new(AtomicUsize::new(0));
        let compute = || {
            let computed = Arc::clone(&computed);
            pool.run("hash", move || Ok(computed.fetch_add(1, Ordering::SeqCst)))
        };
        let (mut abandoned, mut awaited) = (Box::pin(compute()), Box::pin(compute()));
        assert!(is_pending(&mut abandoned).await);
        assert!(is_pending(&mut awaited).await);
        assert_eq!(pool.waiting(), 2);
        drop(abandoned);
        drop(release);
        assert_eq!(awaited.await.unwrap(), 0);
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
    async fn a_panic_costs_one_answer_and_no_thread() {
        let pool = pool(1, 1);
        let failed = pool.run::<()>("hash", || panic!("a bug")).await;
        assert!(matches!(failed, Err(AdapterError::Fault(_))));
        assert_eq!(pool.run("hash", || Ok(7)).await.unwrap(), 7);
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
}
