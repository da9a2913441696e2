//! What the driver's monitors see, for the log and for the causes of failures.
//!
//! A call without a server only says so; why there is none, such as a certificate that is refused, is
//! known to the monitors alone.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mongodb::error::{Error, ErrorKind};
use mongodb::event::sdam::SdamEvent;

use crate::failure::Failure;

/// By server, why its monitor cannot reach it.
#[derive(Default)]
pub(crate) struct Health(Mutex<BTreeMap<String, String>>);

impl Health {
    /// Takes note of what a monitor saw, and logs what is new.
    pub(crate) fn observe(&self, event: SdamEvent) {
        match event {
            // The driver gave its own question up: it watches this server no longer.
            SdamEvent::ServerHeartbeatFailed(event) if is_given_up(&event.failure) => {}
            SdamEvent::ServerHeartbeatFailed(event) => {
                let reason = describe(&Failure::of(&event.failure));
                let known = self
                    .troubles()
                    .insert(event.server_address.to_string(), reason.clone());
                if known.as_ref() != Some(&reason) {
                    tracing::warn!(reason, "a database server cannot be reached");
                }
            }
            SdamEvent::ServerHeartbeatSucceeded(event) => {
                let known = self.troubles().remove(&event.server_address.to_string());
                if known.is_some() {
                    tracing::info!("a database server answers again");
                }
            }
            SdamEvent::ServerClosed(event) => {
                self.troubles().remove(&event.address.to_string());
            }
            _ => {}
        }
    }

    /// The failure, with what the monitors know of it.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        let what = match failure {
            Failure::Lost(what) => what,
            Failure::Silent => "it is silent".to_owned(),
            failure => return failure,
        };
        let mut reasons: Vec<String> = self.troubles().values().cloned().collect();
        reasons.retain(|reason| *reason != what);
        reasons.dedup();
        if reasons.is_empty() {
            return Failure::Lost(what);
        }
        Failure::Lost(format!("{what} ({})", reasons.join("; ")))
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
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
