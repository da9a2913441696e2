//! Runs one connection, and closes it when it is overdue.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use hyper_util::server::graceful::GracefulConnection;
use metrics::counter;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::activity::{Activity, Overdue};

/// Counts the connections that the server closed, by reason.
pub const CLOSED: &str = "countersign_connections_closed_total";
/// How long an idle client has to close its side.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs a connection to its end: its own, that of its time, or that of the server.
pub async fn drive<C: GracefulConnection<Error: std::fmt::Display>>(
    connection: C,
    peer: SocketAddr,
    activity: Arc<Activity>,
    mut stopped: watch::Receiver<()>,
) {
    let mut connection = pin!(connection);
    let mut stopping = false;
    let outcome = loop {
        tokio::select! {
            // First the connection, since what it does moves the limit.
            biased;
            outcome = connection.as_mut() => break outcome,
            reason = overdue(&activity) => {
                counter!(CLOSED, "reason" => reason.name()).increment(1);
                tracing::debug!(%peer, reason = reason.name(), "connection closed");
                if reason == Overdue::Idle {
                    connection.as_mut().graceful_shutdown();
                    let _ = timeout(FAREWELL, connection).await;
                }
                return;
            }
            _ = stopped.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "connection failed");
    }
}

/// Waits until the connection is overdue. Each poll takes the limit anew, since it moves with what
/// the connection does.
async fn overdue(activity: &Activity) -> Overdue {
    let mut alarm = pin!(sleep(Duration::ZERO));
    poll_fn(|context| {
        let Some((at, reason)) = activity.due() else {
            return Poll::Pending;
        };
        if alarm.deadline() != at {
            alarm.as_mut().reset(at);
        }
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(reason)
    })
    .await
}
