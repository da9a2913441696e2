//! A disk in memory, which records what happens to it and fails on demand.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex};

use redb::StorageBackend;

use crate::open::OpenFailure;

/// The unit in which the disk allocates space, in bytes.
const PAGE: u64 = 4096;

/// A disk in memory. Clones share one disk.
#[derive(Clone, Default)]
pub(crate) struct Medium(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Default)]
struct State {
    /// The contents that reads see: the cache of the operating system.
    bytes: Vec<u8>,
    events: Vec<Event>,
    fault: Option<Fault>,
    /// The numbers of the pages that have space on the disk.
    allocated: BTreeSet<u64>,
    syncs: usize,
    holds_syncs: bool,
}

/// The operations that fail from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Every write to a place that was not written before, because the disk is full.
    Full,
    /// Every operation, including opening.
    Gone,
    /// Every read.
    Reads,
    /// Every sync: writes since the last sync may never reach the disk.
    Syncs,
    /// Every write.
    Writes,
}

/// An event in the history of the disk.
#[derive(Clone)]
pub(crate) enum Event {
    FailedSync,
    /// A caller learned that this session has reached this stage.
    Learned {
        session: usize,
        stage: u64,
    },
    SetLen(u64),
    Sync,
    Write {
        offset: u64,
        data: Vec<u8>,
    },
}

/// The disk in the form in which the database holds it.
pub(crate) struct Attached(Medium);

impl std::fmt::Debug for Attached {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Attached")
    }
}

impl Medium {
    pub(crate) fn holding(bytes: Vec<u8>) -> Self {
        let medium = Self::default();
        medium.0.state.lock().unwrap().bytes = bytes;
        medium
    }

    pub(crate) fn attach(&self) -> Result<Attached, OpenFailure> {
        self.check(&[Fault::Gone])?;
        Ok(Attached(self.clone()))
    }

    pub(crate) fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.0.state.lock().unwrap().fault = fault.into();
    }

    pub(crate) fn syncs(&self) -> usize {
        self.0.state.lock().unwrap().syncs
    }

    /// Makes every sync wait until `release_syncs` is called.
    pub(crate) fn hold_syncs(&self) {
        self.0.state.lock().unwrap().holds_syncs = true;
    }

    pub(crate) fn release_syncs(&self) {
        self.0.state.lock().unwrap().holds_syncs = false;
        self.0.released.notify_all();
    }

    pub(crate) fn learn(&self, session: usize, stage: u64) {
        self.record(Event::Learned { session, stage });
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.state.lock().unwrap().events.clone()
    }

    fn has_room_for(&self, mut pages: Range<u64>) -> bool {
        let state = self.0.state.lock().unwrap();
        pages.all(|page| state.allocated.contains(&page))
    }

    fn record(&self, event: Event) {
        self.0.state.lock().unwrap().events.push(event);
    }

    fn check(&self, faults: &[Fault]) -> io::Result<()> {
        let fault = self.0.state.lock().unwrap().fault;
        match fault {
            Some(Fault::Full) if faults.contains(&Fault::Full) => {
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(fault) if fault == Fault::Gone || faults.contains(&fault) => {
                Err(io::Error::other("the disk fails"))
            }
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Attached {
    fn len(&self) -> io::Result<u64> {
        self.0.check(&[])?;
        Ok(self.0.0.state.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.check(&[Fault::Reads])?;
        let (start, state) = (offset as usize, self.0.0.state.lock().unwrap());
        let bytes = state.bytes.get(start..start + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.check(&[Fault::Writes])?;
        self.0.record(Event::SetLen(len));
        self.0.0.state.lock().unwrap().bytes.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let state = self.0.0.state.lock().unwrap();
        drop(
            self.0
                .0
                .released
                .wait_while(state, |state| state.holds_syncs)
                .unwrap(),
        );
        let checked = self.0.check(&[Fault::Syncs]);
        self.0.record(if checked.is_ok() {
            Event::Sync
        } else {
            Event::FailedSync
        });
        self.0.0.state.lock().unwrap().syncs += 1;
        checked
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let pages = offset / PAGE..(offset + data.len() as u64).div_ceil(PAGE);
        self.0.check(&[Fault::Writes])?;
        if !self.0.has_room_for(pages.clone()) {
            self.0.check(&[Fault::Full])?;
        }
        self.0.0.state.lock().unwrap().allocated.extend(pages);
        self.0.record(Event::Write {
            offset,
            data: data.to_vec(),
        });
        write_at(&mut self.0.0.state.lock().unwrap().bytes, offset, data);
        Ok(())
    }
}

/// Writes into the bytes of a file, which grows if necessary.
pub(crate) fn write_at(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + data.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(data);
}
