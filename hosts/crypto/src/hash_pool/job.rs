//! The jobs of the pool: digests that callers wait for.

use std::time::Instant;

use auth_runtime::Commitment;
use metrics::histogram;
use tokio::sync::oneshot;

use super::pace::Pace;
use super::queue::Waits;
use crate::passwords::{self, BcryptInput, Digest, Memory, Task};

/// Metric: the seconds that one hash took to compute, by operation.
pub(super) const SECONDS: &str = "countersign_password_seconds";

/// A digest that waits for a thread.
pub(super) struct Job {
    /// What the metric names it.
    pub(super) operation: &'static str,
    pub(super) task: Task,
    pub(super) commitment: Commitment,
    pub(super) reply: Reply,
}

/// Where the digest goes.
type Reply = oneshot::Sender<anyhow::Result<Digest>>;

impl Waits for Job {
    /// Whether the job is to be done. A caller that gave up costs nothing.
    fn begin(&self) -> bool {
        !self.reply.is_closed() && self.commitment.commit()
    }

    /// bcrypt of one cost is computed side by side.
    fn company(&self) -> Option<u32> {
        match self.task {
            Task::Bcrypt { cost, .. } => Some(cost),
            Task::Alone(_) => None,
        }
    }
}

/// Computes jobs that belong together, and replies.
pub(super) fn compute(jobs: Vec<Job>, memory: &mut Memory, pace: &Pace) {
    let started = Instant::now();
    let count = jobs.len();
    let mut cost_of_all = 0;
    let (mut inputs, mut replies): (Vec<BcryptInput>, Vec<_>) = (Vec::new(), Vec::new());
    for job in jobs {
        match job.task {
            Task::Alone(compute) => reply(job.reply, job.operation, compute(memory), started),
            Task::Bcrypt { cost, input } => {
                cost_of_all = cost;
                inputs.push(input);
                replies.push((job.reply, job.operation));
            }
        }
    }
    let digests = passwords::bcrypt_digests(cost_of_all, &inputs.iter().collect::<Vec<_>>());
    for ((sender, operation), digest) in replies.into_iter().zip(digests) {
        reply(sender, operation, Ok(digest), started);
    }
    pace.note(started.elapsed(), count);
}

fn reply(sender: Reply, operation: &'static str, digest: anyhow::Result<Digest>, started: Instant) {
    histogram!(SECONDS, "operation" => operation).record(started.elapsed());
    // The flow may have ended at its deadline. Then the digest is dropped.
    let _ = sender.send(digest);
}
