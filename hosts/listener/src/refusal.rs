//! Answers a head that hyper cannot read as the router answers everything else: with a problem document,
//! a line in the log and a count.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use auth_rest::MalformedHead;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tower::ServiceExt;

/// The longest document, in bytes. None is as long.
const LONGEST: usize = 64 << 10;
/// How long a client has to take the answer, and how much of the rest of its request is read in that time.
/// Unread bytes would make the system drop the answer.
const PATIENCE: Duration = Duration::from_secs(2);
const REST: u64 = 1 << 20;

/// Writes the answer of the router, and closes the connection.
pub async fn answer<S>(mut stream: S, router: Router, peer: SocketAddr, status: StatusCode)
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let mut request = Request::new(Body::empty());
    // No route, so that the log and the count do not name one.
    *request.uri_mut() = Uri::from_static("/head");
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(MalformedHead { status });
    let Ok(mut response): Result<_, Infallible> = router.oneshot(request).await;
    *response.status_mut() = status;
    let Some(bytes) = as_bytes(response).await else {
        return;
    };
    let write = async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(REST), &mut tokio::io::sink()).await
    };
    // A client that is gone has no use for the answer.
    let _: Result<io::Result<u64>, _> = timeout(PATIENCE, write).await;
}

async fn as_bytes(response: Response<Body>) -> Option<Vec<u8>> {
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, LONGEST).await.ok()?;
    head.headers.insert(CONTENT_LENGTH, body.len().into());
    head.headers
        .insert(CONNECTION, HeaderValue::from_static("close"));
    let reason = head.status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", head.status.as_str()).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    Some(bytes)
}
