//! What happens on a connection, and by when something else must happen.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

/// How much a client must take within the time limit of a write. A client that takes one byte now
/// and then makes no progress.
const PROGRESS: usize = 16 << 10;

/// The time limits of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the opening of a connection, or the first byte of a later request, to the end of the
    /// request's head.
    pub head: Duration,
    /// From the end of an answer to the first byte of the next request.
    pub idle: Duration,
    /// For a client to take the next 16 KiB of an answer, or all that is left.
    pub write: Duration,
    /// From the head of a request on HTTP/2 to the end of its answer.
    pub stream: Duration,
    /// From the stop of the server to the end of the last open request.
    pub drain: Duration,
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// No request, or half a head, within the limit.
    Head,
    /// No further request.
    Idle,
    /// The client takes no answer.
    Write,
}

impl Overdue {
    /// The label of the metric.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Write => "write",
        }
    }
}

/// The facts about one connection, which its socket, its requests and its task share.
pub struct Activity {
    timeouts: Timeouts,
    facts: Mutex<Facts>,
}

struct Facts {
    /// When the connection opened or, later, when its last answer ended.
    since: Instant,
    /// Whether a request has come.
    spoke: bool,
    /// Whether the connection speaks HTTP/2. Bytes between requests are then answers to pings, and
    /// no beginnings of heads.
    multiplexed: bool,
    /// The first byte after the last answer.
    head: Option<Instant>,
    /// The requests whose answers have not ended.
    open: usize,
    /// Since when the client takes nothing, and the bytes that it took since.
    stalled: Option<(Instant, usize)>,
}

impl Activity {
    /// The activity of a connection that opens now.
    pub fn new(timeouts: Timeouts) -> Self {
        let facts = Facts {
            since: Instant::now(),
            spoke: false,
            multiplexed: false,
            head: None,
            open: 0,
            stalled: None,
        };
        Self {
            timeouts,
            facts: Mutex::new(facts),
        }
    }

    /// Notes that bytes arrived.
    pub fn received(&self) {
        let mut facts = self.facts();
        if facts.open == 0 && facts.spoke && !facts.multiplexed {
            facts.head.get_or_insert_with(Instant::now);
        }
    }

    /// Notes how many of the `offered` bytes the client took.
    pub fn sent(&self, offered: usize, outcome: &Poll<io::Result<usize>>) {
        let mut facts = self.facts();
        match outcome {
            Poll::Pending => {
                facts.stalled.get_or_insert_with(|| (Instant::now(), 0));
            }
            Poll::Ready(Ok(taken)) if *taken < offered => {
                if let Some((since, before)) = facts.stalled {
                    let all = before.saturating_add(*taken);
                    let progress = all >= PROGRESS;
                    facts.stalled = Some(match progress {
                        true => (Instant::now(), 0),
                        false => (since, all),
                    });
                }
            }
            Poll::Ready(_) => facts.stalled = None,
        }
    }

    /// Notes that a request arrived. Its answer ends when the returned value is dropped.
    pub fn begin(self: &Arc<Self>, multiplexed: bool) -> Exchange {
        let mut facts = self.facts();
        facts.spoke = true;
        facts.multiplexed = multiplexed;
        facts.head = None;
        facts.open = facts.open.saturating_add(1);
        drop(facts);
        Exchange(Arc::clone(self))
    }

    /// Whether no request is open.
    pub fn is_idle(&self) -> bool {
        self.facts().open == 0
    }

    /// When the connection is to be closed unless something happens before, and why.
    pub fn due(&self) -> Option<(Instant, Overdue)> {
        let facts = self.facts();
        let waiting = match facts.head {
            _ if facts.open > 0 => None,
            _ if !facts.spoke => Some((facts.since + self.timeouts.head, Overdue::Head)),
            Some(began) => Some((began + self.timeouts.head, Overdue::Head)),
            None => Some((facts.since + self.timeouts.idle, Overdue::Idle)),
        };
        let stalled = facts.stalled;
        let writing = stalled.map(|(since, _)| (since + self.timeouts.write, Overdue::Write));
        waiting.into_iter().chain(writing).min_by_key(|(at, _)| *at)
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request and its answer, which ends when this value is dropped.
pub struct Exchange(Arc<Activity>);

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut facts = self.0.facts();
        facts.open = facts.open.saturating_sub(1);
        facts.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const TIMEOUTS: Timeouts = Timeouts {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        write: Duration::from_secs(5),
        stream: Duration::from_secs(60),
        drain: Duration::from_secs(10),
    };

    fn left(activity: &Activity) -> Option<(u64, Overdue)> {
        let due = activity.due();
        due.map(|(at, why)| ((at - Instant::now()).as_secs(), why))
    }

    #[tokio::test(start_paused = true)]
    async fn each_state_has_its_limit() {
        let activity = Arc::new(Activity::new(TIMEOUTS));
        activity.received();
        advance(SECOND).await;
        activity.received();
        assert_eq!(left(&activity), Some((9, Overdue::Head)), "half a head");
        let first = activity.begin(false);
        let second = activity.begin(false);
        drop(first);
        assert_eq!(left(&activity), None, "a request is open");
        drop(second);
        assert_eq!(left(&activity), Some((75, Overdue::Idle)));
        advance(SECOND).await;
        activity.received();
        advance(SECOND).await;
        activity.received();
        assert_eq!(left(&activity), Some((9, Overdue::Head)), "the next head");
        drop(activity.begin(true));
        activity.received();
        assert_eq!(
            left(&activity),
            Some((75, Overdue::Idle)),
            "an answered ping"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_drop_now_and_then_is_no_progress() {
        let activity = Arc::new(Activity::new(TIMEOUTS));
        let _open = activity.begin(false);
        activity.sent(100, &Poll::Pending);
        advance(SECOND).await;
        activity.sent(100, &Poll::Ready(Ok(1)));
        assert_eq!(left(&activity), Some((4, Overdue::Write)));
        activity.sent(100_000, &Poll::Ready(Ok(PROGRESS)));
        assert_eq!(left(&activity), Some((5, Overdue::Write)));
        activity.sent(100, &Poll::Ready(Ok(100)));
        assert_eq!(left(&activity), None);
    }
}
