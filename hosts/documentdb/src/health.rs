//! Collects the reports of the driver's monitors, for the log and for the causes of failures.
//!
//! A call that finds no server does not say why. Only the monitors know the cause, for example a
//! refused certificate.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mongodb::error::{Error, ErrorKind};
use mongodb::event::sdam::SdamEvent;

use crate::failure::Failure;

/// The servers that their monitors cannot reach, each with the reason.
#[derive(Default)]
pub(crate) struct Health(Mutex<BTreeMap<String, String>>);

impl Health {
    /// Records what a monitor reports, and logs each change.
    pub(crate) fn observe(&self, event: SdamEvent) {
        match event {
            // The driver cancelled this heartbeat, because it no longer watches the server.
            SdamEvent::ServerHeartbeatFailed(event) if is_given_up(&event.failure) => {}
            SdamEvent::ServerHeartbeatFailed(event) => {
                let reason = describe(&Failure::of(&event.failure));
                let known = self
                    .reasons()
                    .insert(event.server_address.to_string(), reason.clone());
                if known.as_ref() != Some(&reason) {
                    tracing::warn!(reason, "a database server cannot be reached");
                }
            }
            SdamEvent::ServerHeartbeatSucceeded(event) => {
                let known = self.reasons().remove(&event.server_address.to_string());
                if known.is_some() {
                    tracing::info!("a database server answers again");
                }
            }
            SdamEvent::ServerClosed(event) => {
                self.reasons().remove(&event.address.to_string());
            }
            _ => {}
        }
    }

    /// Adds what the monitors know about the cause to a failure.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        let what = match failure {
            Failure::Lost(what) => what,
            Failure::Silent => "it is silent".to_owned(),
            failure => return failure,
        };
        let mut reasons: Vec<String> = self.reasons().values().cloned().collect();
        reasons.retain(|reason| *reason != what);
        reasons.dedup();
        if reasons.is_empty() {
            return Failure::Lost(what);
        }
        Failure::Lost(format!("{what} ({})", reasons.join("; ")))
    }

    fn reasons(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_given_up(error: &Error) -> bool {
    matches!(*error.kind, ErrorKind::Internal { .. })
}

fn describe(failure: &Failure) -> String {
    match failure {
        Failure::Lost(what) => what.clone(),
        failure => failure.to_string(),
    }
}
