//! The pool of threads that hash passwords.
//!
//! A hash keeps a core busy for a quarter of a second. On an async thread it would delay every other
//! request, and on tokio's blocking pool hundreds of hashes would run at once. A pool therefore has
//! one thread for each core, a bounded queue, and a lower priority than the threads that answer
//! requests.
//!
//! The queue is written here, not taken from `rayon-core`, for four reasons: a caller that gives
//! up must cost nothing, the length of the queue is a metric, sources take turns, and bcrypt can
//! compute several hashes side by side on one thread, which then must take their inputs from this
//! queue together.

mod job;
mod pace;
mod places;
mod queue;

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use auth_runtime::{
    AdapterError, Commitment, HashClaim, HashPlace, HashScheme, PasswordHasher, deadline,
};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::passwords::{self, Digest, LANES, Memory, Task};
use job::{Job, SECONDS};
use pace::Pace;
use places::{Place, Places, Refusal};
use queue::{Next, Queue, WAITING};

/// The size of a [`HashPool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashPoolConfig {
    /// Number of threads. Each computes one hash of Argon2id at a time, or up to four of bcrypt.
    pub threads: NonZeroUsize,
    /// Number of flows that may wait for a thread.
    pub queue: usize,
}

impl Default for HashPoolConfig {
    /// One thread for each core, and 32 places in the queue for each thread. At the default cost
    /// the last flow in the queue waits about four seconds.
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            threads,
            queue: threads.get().saturating_mul(32),
        }
    }
}

/// Metric: the number of flows that got no place, by reason.
const REFUSED: &str = "countersign_hash_refusals_total";

/// Describes the metrics of the pool, with their units, to the installed recorder.
pub fn describe_metrics() {
    describe_histogram!(SECONDS, Unit::Seconds, "Time to compute one password hash");
    describe_gauge!(
        WAITING,
        Unit::Count,
        "Password hashes that wait for a thread"
    );
    describe_counter!(
        REFUSED,
        Unit::Count,
        "Requests that got no place among the password hashes, by reason"
    );
}

/// A pool that hashes and checks passwords. Its threads end when it is dropped.
pub struct HashPool {
    threads: usize,
    places: Arc<Places>,
    pace: Arc<Pace>,
    queue: Arc<Queue<Job>>,
}

impl HashPool {
    /// Starts the threads of a pool.
    ///
    /// # Errors
    /// When the operating system cannot start a thread.
    pub fn new(config: HashPoolConfig) -> io::Result<Self> {
        let threads = config.threads.get();
        let pool = Self {
            threads,
            places: Arc::new(Places::new(threads.saturating_add(config.queue))),
            pace: Arc::default(),
            queue: Arc::new(Queue::new(threads, LANES)),
        };
        for _ in 0..threads {
            let (queue, pace) = (Arc::clone(&pool.queue), Arc::clone(&pool.pace));
            thread::Builder::new()
                .name("password-hash".to_owned())
                .spawn(move || work(&queue, &pace))?;
        }
        Ok(pool)
    }

    /// The number of hashes that wait for a thread.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    fn take(&self, claim: HashClaim) -> Result<PoolPlace, &'static str> {
        let place = (self.places).take(
            claim.claimant,
            claim.source.as_deref(),
            self.timely_hashes(),
        );
        let place = place.map_err(|refusal| match refusal {
            Refusal::Late => "late",
            Refusal::Full => "full",
            Refusal::Registrations => "registrations",
            Refusal::Source => "source",
        })?;
        Ok(PoolPlace {
            place,
            commitment: claim.commitment,
            queue: Arc::clone(&self.queue),
        })
    }

    /// How many hashes are computed before the flow's deadline. A thread that is free is always
    /// used: without that, one slow hash could close the pool for good.
    fn timely_hashes(&self) -> usize {
        let left = deadline::current()
            .map(|deadline| deadline.saturating_duration_since(tokio::time::Instant::now()));
        left.map_or(usize::MAX, |left| self.pace.within(left, self.threads))
            .max(self.threads)
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl PasswordHasher for HashPool {
    fn admit(&self, claim: HashClaim) -> Option<Box<dyn HashPlace>> {
        match self.take(claim) {
            Ok(place) => Some(Box::new(place)),
            Err(reason) => {
                counter!(REFUSED, "reason" => reason).increment(1);
                None
            }
        }
    }

    fn places(&self) -> usize {
        self.places.all()
    }

    fn can_read(&self, stored: &str) -> bool {
        passwords::can_read(stored)
    }
}

/// A place in the queue of a [`HashPool`].
struct PoolPlace {
    place: Place,
    commitment: Commitment,
    queue: Arc<Queue<Job>>,
}

impl PoolPlace {
    /// Computes a digest on a thread of the pool.
    async fn compute(&self, operation: &'static str, task: Task) -> Result<Digest, AdapterError> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            operation,
            task,
            commitment: self.commitment.clone(),
            reply,
        };
        // A flow that ends before a thread takes its job leaves nothing in the queue: its place is
        // free, and there are never more jobs than places.
        let _waiting = Queue::wait(&self.queue, self.place.source().cloned(), job);
        answer
            .await
            .map_err(AdapterError::fault)?
            .map_err(AdapterError::Fault)
    }
}

#[async_trait]
impl HashPlace for PoolPlace {
    async fn hash(
        &self,
        password: String,
        scheme: HashScheme,
        salt: Vec<u8>,
    ) -> Result<String, AdapterError> {
        let password = Zeroizing::new(password);
        let new = passwords::new_hash(&password, &scheme, &salt).map_err(AdapterError::Fault)?;
        let (task, format) = new.into_parts();
        let digest = self.compute("hash", task).await?;
        Ok(format.text(&digest))
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, AdapterError> {
        let password = Zeroizing::new(password);
        let Some(comparison) = passwords::comparison(&password, &stored) else {
            return Ok(false);
        };
        let (task, expected) = comparison.into_parts();
        let digest = self.compute("verify", task).await?;
        Ok(passwords::is_same(&digest, &expected))
    }
}

fn work(queue: &Queue<Job>, pace: &Pace) {
    step_back();
    let mut memory = Memory::default();
    loop {
        match queue.next(memory.patience()) {
            Next::Jobs(jobs) => {
                // A job that panics drops its replies, which their callers see as a failure. The
                // panic must not end the thread as well.
                let _ = catch_unwind(AssertUnwindSafe(|| job::compute(jobs, &mut memory, pace)));
            }
            Next::Nothing => {}
            Next::Closed => return,
        }
        memory.give_back_if_idle();
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
mod tests;
