//! The one thread that writes to the database.
//!
//! It puts all waiting changes into one transaction, so that many writers share one `fsync`, and
//! answers them when the transaction is on the disk. Each change reads, compares and writes inside
//! the transaction. A change that is refused writes nothing and does not affect the others of its
//! batch.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::{io, mem};

use auth_runtime::AdapterError;
use tokio::sync::{mpsc, oneshot};

use crate::failure::{Failure, unavailable};
use crate::reopenable_database::ReopenableDatabase;
use crate::tables::Tables;

/// The most changes in one transaction.
const BATCH: usize = 64;

/// The most changes that wait in the queue. Beyond that, callers wait until it has room.
const QUEUE: usize = 1024;

/// A change: it reads, compares and writes. Its error is an error of the database and stops the
/// batch.
///
/// INVARIANT: a change that is refused has written nothing.
type Change = Box<dyn FnOnce(&mut Tables<'_>) -> (Result<(), redb::Error>, Answer) + Send>;

/// Tells the caller the outcome of a change, after the commit. If it is dropped instead, the caller
/// learns that the change may not have been written.
type Answer = Box<dyn FnOnce() + Send>;

/// The handle with which the store sends changes to the thread.
pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Change>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread that writes.
    pub(crate) fn start(database: Arc<ReopenableDatabase>) -> io::Result<Self> {
        let (queue, changes) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_all(&database, changes))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Makes a change. When this returns without an error, the change is on the disk.
    ///
    /// Once queued, a change is made even if its caller no longer waits for the answer.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, AdapterError> {
        let (sender, receiver) = oneshot::channel();
        let lost = || unavailable(anyhow::anyhow!("the change was not committed"));
        self.enqueue(reporting(change, sender))
            .await
            .ok_or_else(lost)?;
        receiver
            .await
            .map_err(|_| lost())?
            .map_err(AdapterError::from)
    }

    /// Makes the thread check the database, and open it again if it is broken.
    pub(crate) fn nudge(&self) {
        if let Some(queue) = self.queue() {
            // If the queue is full, the thread is awake anyway.
            let _ = queue.try_send(Box::new(|_| (Ok(()), Box::new(|| ()))));
        }
    }

    /// Finishes the queued changes, closes the database and ends the thread. A second call has no
    /// effect.
    pub(crate) fn close(&self) {
        drop(mem::take(
            &mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner),
        ));
        let thread = mem::take(&mut *self.thread.lock().unwrap_or_else(PoisonError::into_inner));
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes has panicked");
        }
    }

    /// Puts a change into the queue when there is room; `None` when the store is closed.
    async fn enqueue(&self, change: Change) -> Option<()> {
        // The sender is dropped here: the thread ends when no sender is left.
        self.queue()?.send(change).await.ok()
    }

    fn queue(&self) -> Option<mpsc::Sender<Change>> {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Wraps a change so that `sender` gets its outcome after the commit.
fn reporting<T: Send + 'static>(
    change: impl FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    sender: oneshot::Sender<Result<T, Failure>>,
) -> Change {
    Box::new(move |tables| {
        let (proceed, outcome) = match change(tables) {
            Err(Failure::Storage(error)) => (Err(error), None),
            outcome => (Ok(()), Some(outcome)),
        };
        let answer = move || {
            // The caller may no longer be waiting.
            let _ = outcome.map(|outcome| sender.send(outcome));
        };
        (proceed, Box::new(answer))
    })
}

/// Runs the thread until no sender is left and the queue is empty.
fn write_all(database: &ReopenableDatabase, mut changes: mpsc::Receiver<Change>) {
    let mut batch = Vec::with_capacity(BATCH);
    while changes.blocking_recv_many(&mut batch, BATCH) > 0 {
        let mut answers = Vec::with_capacity(batch.len());
        let mut left = batch.drain(..);
        match commit(database, &mut left, &mut answers) {
            Ok(()) => answers.into_iter().for_each(|answer| answer()),
            Err(error) => {
                tracing::error!(%error, "a batch of changes was not committed");
                // This happens before the answers are dropped, so that callers who try again find
                // an open database.
                database.mend(&error);
            }
        }
    }
    database.close();
}

/// Makes all changes of a batch in one transaction.
fn commit(
    database: &ReopenableDatabase,
    batch: &mut impl Iterator<Item = Change>,
    answers: &mut Vec<Answer>,
) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    let mut tables = Tables::open(&transaction)?;
    for change in batch {
        let (proceed, answer) = change(&mut tables);
        answers.push(answer);
        proceed?;
    }
    drop(tables);
    Ok(transaction.commit()?)
}
