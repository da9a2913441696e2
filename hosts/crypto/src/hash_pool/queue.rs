//! The jobs that wait for a thread, in a fair order.
//!
//! Sources take turns (round robin: Nagle, RFC 970). In each turn a source has one job. Whoever comes
//! while a turn is served, or comes back, is served in the next one, so every turn ends and no job
//! waits for more than those that were there before it and one of each other source a turn.
//!
//! A thread takes a job together with others that are computed side by side with it. It takes its
//! share of those that wait, so that no thread is left without work, and it never waits for company.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::gauge;

/// Metric: the number of hashes that wait for a thread.
pub(super) const WAITING: &str = "countersign_hash_queue";

/// A job that waits for a thread.
pub(super) trait Waits {
    /// Whether the job is still to be done. Called once, when a thread takes it.
    fn begin(&self) -> bool;

    /// What jobs have in common that are computed side by side; `None` for a job that is computed
    /// alone.
    fn company(&self) -> Option<u32>;
}

/// What a thread does next.
pub(super) enum Next<J> {
    /// It computes these jobs, side by side.
    Jobs(Vec<J>),
    /// It has waited in vain for as long as it wanted.
    Nothing,
    /// It ends.
    Closed,
}

/// A queue of jobs `J`, each of which belongs to a source or to none.
pub(super) struct Queue<J> {
    /// The number of threads that take jobs from the queue.
    threads: usize,
    /// The most jobs that a thread takes at once.
    lanes: usize,
    jobs: Mutex<Jobs<J>>,
    changed: Condvar,
}

struct Jobs<J> {
    /// By turn, and within one turn by arrival.
    waiting: BTreeMap<Position, Waiting<J>>,
    /// The turn that is being served.
    turn: u64,
    arrivals: u64,
    closed: bool,
}

struct Waiting<J> {
    source: Option<Arc<str>>,
    job: J,
}

/// The turn of a job, and the number of its arrival.
type Position = (u64, u64);

/// A job in the queue, which leaves it when this is dropped, unless a thread took it before.
pub(super) struct Waiter<J: Waits> {
    queue: Arc<Queue<J>>,
    position: Position,
}

impl<J: Waits> Drop for Waiter<J> {
    fn drop(&mut self) {
        self.queue.lock().remove(self.position);
    }
}

impl<J: Waits> Queue<J> {
    /// An empty queue for this many threads, each of which takes at most `lanes` jobs at once.
    pub(super) fn new(threads: usize, lanes: usize) -> Self {
        Self {
            threads,
            lanes,
            jobs: Mutex::new(Jobs {
                waiting: BTreeMap::new(),
                turn: 0,
                arrivals: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// The number of jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Adds a job, which gets the turn after the latest of its source.
    pub(super) fn wait(queue: &Arc<Self>, source: Option<Arc<str>>, job: J) -> Waiter<J> {
        let position = queue.lock().push(source, job);
        queue.changed.notify_one();
        Waiter {
            queue: Arc::clone(queue),
            position,
        }
    }

    /// Lets every thread that waits end.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits for the next jobs, but no longer than `patience`.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next<J> {
        let mut jobs = self.lock();
        while !jobs.closed {
            let taken = jobs.take(self.threads, self.lanes);
            if !taken.is_empty() {
                return Next::Jobs(taken);
            }
            let Some(patience) = patience else {
                jobs = self
                    .changed
                    .wait(jobs)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let waited = self.changed.wait_timeout(jobs, patience);
            let (again, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            jobs = again;
            if timeout.timed_out() && jobs.waiting.is_empty() && !jobs.closed {
                return Next::Nothing;
            }
        }
        Next::Closed
    }

    fn lock(&self) -> MutexGuard<'_, Jobs<J>> {
        // No job runs under the lock, so the queue is consistent even after a panic.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J: Waits> Jobs<J> {
    fn push(&mut self, source: Option<Arc<str>>, job: J) -> Position {
        // There are no more jobs than places, so going through them takes no time beside a hash.
        let mut latest_first = self.waiting.iter().rev();
        let latest = source
            .as_ref()
            .and_then(|_| latest_first.find(|(_, waiting)| waiting.source == source));
        let turn = latest.map_or(self.turn, |(&(turn, _), _)| turn) + 1;
        self.arrivals += 1;
        let position = (turn, self.arrivals);
        self.waiting.insert(position, Waiting { source, job });
        self.report();
        position
    }

    fn remove(&mut self, position: Position) {
        if self.waiting.remove(&position).is_some() {
            self.report();
        }
    }

    /// Takes the first job that is still to be done, and its company. Nothing when none waits.
    fn take(&mut self, threads: usize, lanes: usize) -> Vec<J> {
        let mut taken = Vec::new();
        while taken.is_empty()
            && let Some((&position, _)) = self.waiting.first_key_value()
        {
            self.turn = position.0;
            taken.extend(self.begin(position));
        }
        let Some(company) = taken.first().and_then(J::company) else {
            self.report();
            return taken;
        };
        let others = self.waiting.iter();
        let others = others.filter(|(_, waiting)| waiting.job.company() == Some(company));
        let others: Vec<_> = others.map(|(position, _)| *position).collect();
        let share = (others.len() + 1).div_ceil(threads.max(1)).min(lanes);
        for position in others {
            if taken.len() >= share {
                break;
            }
            taken.extend(self.begin(position));
        }
        self.report();
        taken
    }

    /// Takes a job out of the queue. Returns it if it is still to be done.
    fn begin(&mut self, position: Position) -> Option<J> {
        let Waiting { job, .. } = self.waiting.remove(&position)?;
        job.begin().then_some(job)
    }

    fn report(&self) {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        gauge!(WAITING).set(f64::from(waiting));
    }
}

#[cfg(test)]
mod tests;
