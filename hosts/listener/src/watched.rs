//! A socket that notes in an [`Activity`] what passes through it, and keeps back the bare answer of
//! hyper to a head that it cannot read, so that the router can give a better one.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::activity::Activity;
use crate::bare_answer;

/// A stream of bytes whose reads and writes are noted.
pub struct Watched<S> {
    /// `None` only while the value is dropped.
    inner: Option<S>,
    activity: Arc<Activity>,
    refused: Option<StatusCode>,
    left: Left<S>,
}

/// Takes the stream and the status when hyper is done with a head that it could not read.
pub struct Left<S>(Arc<Mutex<Option<(S, StatusCode)>>>);

impl<S> Left<S> {
    /// The stream, and the status that hyper would have answered with.
    pub fn take(&self) -> Option<(S, StatusCode)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<S> Watched<S> {
    /// Watches this stream.
    pub fn new(inner: S, activity: Arc<Activity>) -> (Self, Left<S>) {
        let left = Arc::new(Mutex::new(None));
        let watched = Self {
            inner: Some(inner),
            activity,
            refused: None,
            left: Left(Arc::clone(&left)),
        };
        (watched, Left(left))
    }

    /// The part of the bytes to write; `None` when they are a bare answer alone.
    fn without_bare_answer<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        match bare_answer::find(bytes) {
            Some((0, status)) => {
                self.refused = Some(status);
                None
            }
            Some((begins, _)) => bytes.get(..begins),
            None => Some(bytes),
        }
    }
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl<S> Drop for Watched<S> {
    fn drop(&mut self) {
        if let (Some(stream), Some(status)) = (self.inner.take(), self.refused) {
            let mut left = self.left.0.lock().unwrap_or_else(PoisonError::into_inner);
            *left = Some((stream, status));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let inner = self.inner.as_mut().ok_or_else(gone)?;
        let outcome = Pin::new(inner).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(bytes) = self.without_bare_answer(bytes) else {
            return Poll::Ready(Ok(bytes.len()));
        };
        let inner = self.inner.as_mut().ok_or_else(gone)?;
        let outcome = Pin::new(inner).poll_write(context, bytes);
        self.activity.sent(bytes.len(), &outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // A bare answer stands in the first part, behind answers that hyper has not written yet.
        if let Some(first) = parts.iter().find(|part| !part.is_empty())
            && bare_answer::find(first).is_some()
        {
            return self.poll_write(context, first);
        }
        let inner = self.inner.as_mut().ok_or_else(gone)?;
        let outcome = Pin::new(inner).poll_write_vectored(context, parts);
        let offered = parts.iter().map(|part| part.len()).sum();
        self.activity.sent(offered, &outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.inner
            .as_ref()
            .is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let inner = self.inner.as_mut().ok_or_else(gone)?;
        Pin::new(inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.refused.is_some() {
            return Poll::Ready(Ok(()));
        }
        let inner = self.inner.as_mut().ok_or_else(gone)?;
        Pin::new(inner).poll_shutdown(context)
    }
}
