//! Answers the invocations of the function, for as long as the process lives.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_runtime::deadline;
use axum::Router;
use http::Uri;
use lambda_http::RequestExt;
use tower::ServiceExt;

use crate::event;
use crate::keys::KeyFeed;
use crate::metrics::FunctionMetrics;
use crate::token_head;

/// The function, ready for invocations. A clone shares everything.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    router: Router,
    keys: KeyFeed,
    metrics: FunctionMetrics,
    issuer_path: Option<String>,
    warm: AtomicBool,
}

impl Host {
    pub fn new(router: Router, keys: KeyFeed, metrics: FunctionMetrics, issuer: &str) -> Self {
        let issuer: Option<Uri> = issuer.parse().ok();
        let path = issuer.map(|issuer| issuer.path().trim_end_matches('/').to_owned());
        Self(Arc::new(Inner {
            router,
            keys,
            metrics,
            issuer_path: path.filter(|path| !path.is_empty()),
            warm: AtomicBool::new(false),
        }))
    }

    /// Answers one event before Lambda's time limit ends.
    pub async fn answer(
        self,
        event: lambda_http::Request,
    ) -> Result<http::Response<lambda_http::Body>, Infallible> {
        let Inner {
            router,
            keys,
            metrics,
            issuer_path,
            warm,
        } = &*self.0;
        let context = event.lambda_context();
        let cold = !warm.swap(true, Ordering::Relaxed);
        let request = event::request(event, &context, issuer_path.as_deref(), cold);
        let key_id = token_head::key_id(request.headers());
        let answer = deadline::within(event::deadline(&context), async {
            keys.follow(key_id.as_deref()).await;
            router.clone().oneshot(request).await
        });
        let Ok(answer) = answer.await;
        let response = event::response(answer).await;
        metrics.write();
        Ok(response)
    }
}
