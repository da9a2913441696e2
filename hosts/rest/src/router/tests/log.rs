//! The log of one test. `tracing` caches for all threads whether a subscriber exists, so the
//! process installs one; its buffer is local to the thread, and each test runs on a thread of its
//! own.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

thread_local!(static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

pub(super) fn begin() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        tracing_subscriber::fmt()
            .with_writer(|| Writer)
            .with_ansi(false)
            .init();
    });
    end();
}

pub(super) fn end() -> String {
    String::from_utf8(BUFFER.take()).unwrap()
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BUFFER.with_borrow_mut(|buffer| buffer.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
