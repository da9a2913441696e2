//! Bounds the age of each stream of HTTP/2, and writes answers so that the bound holds to their end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::time::timeout;

use crate::activity::Exchange;

/// Runs the task of each stream, and ends it when it is too old. The stream is then reset.
#[derive(Clone, Debug)]
pub struct Streams {
    age: Duration,
}

impl Streams {
    /// Streams that live for at most this time.
    pub fn new(age: Duration) -> Self {
        Self { age }
    }
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        tokio::spawn(timeout(self.age, stream));
    }
}

/// The body of an answer, which ends its [`Exchange`].
///
/// On HTTP/2 the last byte is a frame of its own. h2 takes a whole frame as soon as the client's
/// window has room for one byte, and the task of the stream ends with the last frame. With the last
/// byte apart, the task lasts until the client has taken all others, so that its time limit
/// concerns a client that closes its window.
pub struct Answer<B> {
    inner: B,
    multiplexed: bool,
    waiting: VecDeque<Bytes>,
    _exchange: Exchange,
}

impl<B> Answer<B> {
    /// The body of the answer of this exchange.
    pub fn new(inner: B, multiplexed: bool, exchange: Exchange) -> Self {
        Self {
            inner,
            multiplexed,
            waiting: VecDeque::new(),
            _exchange: exchange,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if let Some(last) = self.waiting.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(last))));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        let frame = frame.map(|frame| {
            frame.map(|frame| match frame.into_data() {
                Ok(mut bytes) if self.multiplexed && bytes.len() > 1 => {
                    let last = bytes.split_off(bytes.len().saturating_sub(1));
                    self.waiting.push_back(last);
                    Frame::data(bytes)
                }
                Ok(bytes) => Frame::data(bytes),
                Err(other) => other,
            })
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let waiting: u64 = self.waiting.iter().map(|bytes| bytes.len() as u64).sum();
        let inner = self.inner.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(waiting));
        }
        hint.set_lower(inner.lower().saturating_add(waiting));
        hint
    }
}
