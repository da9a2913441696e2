//! The one thread that writes.
//!
//! It takes all changes that wait into one transaction, so that many writers share one `fsync`, and
//! answers them once that is on the disk. Each change reads, compares and writes inside the
//! transaction: one that is refused writes nothing and leaves the others of its batch alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::{io, mem};

use auth_runtime::AdapterError;
use tokio::sync::{mpsc, oneshot};

use crate::failure::{Failure, unavailable};
use crate::reopenable_database::ReopenableDatabase;
use crate::tables::Tables;

/// The most changes of one transaction.
const BATCH: usize = 64;

/// The most changes that wait; one more waits outside.
const QUEUE: usize = 1024;

/// Reads, compares and writes. An error is one of the database and stops the batch.
///
/// INVARIANT: a change that is refused has written nothing.
type Change = Box<dyn FnOnce(&mut Tables<'_>) -> (Result<(), redb::Error>, Answer) + Send>;

/// Tells the caller after the commit what came of its change. Dropped, it tells that nothing is
/// known to be written.
type Answer = Box<dyn FnOnce() + Send>;

/// The way to the thread.
pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Change>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread.
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

    /// Makes a change. An answer other than an error is on the disk.
    ///
    /// Once queued, a change is made whether or not its caller still waits for the answer.
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

    /// Makes the thread look at the database, and open it anew where it is broken.
    pub(crate) fn nudge(&self) {
        if let Some(queue) = self.queue() {
            // A full queue wakes the thread just as well.
            let _ = queue.try_send(Box::new(|_| (Ok(()), Box::new(|| ()))));
        }
    }

    /// Finishes what is queued, closes the database and ends the thread; then again, nothing.
    pub(crate) fn close(&self) {
        drop(mem::take(
            &mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner),
        ));
        let thread = mem::take(&mut *self.thread.lock().unwrap_or_else(PoisonError::into_inner));
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes has panicked");
        }
    }

    /// Puts a change in the queue once there is room; `None` when the store is closed.
    async fn enqueue(&self, change: Change) -> Option<()> {
        // The sender must not outlive this: the thread ends when the last one is gone.
        self.queue()?.send(change).await.ok()
    }

    fn queue(&self) -> Option<mpsc::Sender<Change>> {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A change that tells `sender` after the commit what came of it.
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
            // The caller may have gone.
            let _ = outcome.map(|outcome| sender.send(outcome));
        };
        (proceed, Box::new(answer))
    })
}

/// The life of the thread: until the last sender is gone and the queue is empty.
fn write_all(database: &ReopenableDatabase, mut changes: mpsc::Receiver<Change>) {
    let mut batch = Vec::with_capacity(BATCH);
    while changes.blocking_recv_many(&mut batch, BATCH) > 0 {
        let mut answers = Vec::with_capacity(batch.len());
        let mut left = batch.drain(..);
        match commit(database, &mut left, &mut answers) {
            Ok(()) => answers.into_iter().for_each(|answer| answer()),
            Err(error) => {
                tracing::error!(%error, "a batch of changes was not committed");
                // Before any of the answers is dropped: who tries again finds the store open.
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
