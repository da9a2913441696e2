//! Reads the bytes of a body, within the limits of length, time and memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::FromRef;
use axum::http::request::Parts;
use http_body_util::BodyExt as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::app::Shared;
use crate::body_budget::{BodyBudget, Lease};
use crate::problem::{Problem, kinds};
use crate::proxies::Proxies;

/// How much of a body is read, for how long the service waits for it, and what all bodies may hold.
#[derive(Clone)]
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
    pub(crate) budget: Arc<BodyBudget>,
    pub(crate) proxies: Proxies,
}

impl FromRef<Shared> for BodyLimits {
    fn from_ref(app: &Shared) -> Self {
        let config = &app.config;
        Self {
            bytes: config.body_limit,
            time: config.request_timeout / 2,
            budget: Arc::clone(&config.bodies),
            proxies: config.trusted_proxies.clone(),
        }
    }
}

/// The bytes of the body of this request. They may hold a password, and are overwritten when they are
/// dropped.
pub(crate) async fn read(
    parts: &Parts,
    body: Body,
    limits: &BodyLimits,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // A body whose declared length is too long is refused before it arrives.
    if body.size_hint().lower() > limits.bytes as u64 {
        return Err(too_large(limits));
    }
    let source = limits.proxies.source(parts);
    let lease = Lease::new(Arc::clone(&limits.budget), source);
    let read = tokio::time::timeout(limits.time, collect(body, lease, limits)).await;
    read.map_err(|_| Problem::new(&kinds::REQUEST_TIMEOUT))?
}

async fn collect(
    mut body: Body,
    mut lease: Lease,
    limits: &BodyLimits,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // With room for the declared length, no copy is left behind by a growing buffer.
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(declared.min(limits.bytes)));
    while let Some(frame) = body.frame().await {
        let ended = |_| Problem::new(&kinds::INVALID_JSON).detail("the body ended early");
        let data = frame.map_err(ended)?.into_data().unwrap_or_default();
        let appended = append(&mut bytes, &data, &mut lease, limits);
        wipe(data);
        appended?;
    }
    Ok(bytes)
}

fn append(
    bytes: &mut Vec<u8>,
    data: &Bytes,
    lease: &mut Lease,
    limits: &BodyLimits,
) -> Result<(), Problem> {
    if bytes.len().saturating_add(data.len()) > limits.bytes {
        return Err(too_large(limits));
    }
    if !lease.extend(data.len()) {
        return Err(Problem::unavailable());
    }
    bytes.extend_from_slice(data);
    Ok(())
}

/// Overwrites what arrived. The part that arrived together with other bytes of its connection shares
/// their memory, and stays until that is used again.
fn wipe(data: Bytes) {
    if let Ok(mut data) = data.try_into_mut() {
        data.as_mut().zeroize();
    }
}

fn too_large(limits: &BodyLimits) -> Problem {
    Problem::new(&kinds::CONTENT_TOO_LARGE)
        .detail(format!("the body is longer than {} bytes", limits.bytes))
}

#[cfg(test)]
mod tests {
    use axum::http::{Request, StatusCode};

    use super::*;

    fn limits() -> BodyLimits {
        BodyLimits {
            bytes: 8,
            time: Duration::from_secs(5),
            budget: Arc::default(),
            proxies: Proxies::default(),
        }
    }

    async fn read(body: Body) -> Result<Vec<u8>, StatusCode> {
        let (parts, ()) = Request::new(()).into_parts();
        let read = super::read(&parts, body, &limits()).await;
        let read = read.map(|bytes| bytes.to_vec());
        read.map_err(|problem| problem.kind().status)
    }

    #[tokio::test]
    async fn reads_no_more_than_the_limit() {
        assert_eq!(read(Body::from("12345678")).await.unwrap(), b"12345678");
        let refused = read(Body::from("123456789")).await;
        assert_eq!(refused, Err(StatusCode::PAYLOAD_TOO_LARGE));
        // Without a declared length it shows only as it arrives.
        let (mut sender, arriving) = http_body_util::channel::Channel::<Bytes>::new(2);
        for part in ["12345678", "9"] {
            sender.send_data(part.into()).await.unwrap();
        }
        let refused = read(Body::new(arriving)).await;
        assert_eq!(refused, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test(start_paused = true)]
    async fn waits_no_longer_than_the_limit() {
        let (_sender, never) = http_body_util::channel::Channel::<Bytes>::new(1);
        let refused = read(Body::new(never)).await;
        assert_eq!(refused, Err(StatusCode::REQUEST_TIMEOUT));
    }
}
