//! Answers the invocations of the function, for as long as the process lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_lambda::{Context, EventError, Front, HttpEvent, Payload};
use auth_runtime::deadline;
use axum::Router;
use lambda_http::lambda_runtime::LambdaEvent;
use serde_json::Value;
use tower::ServiceExt;

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
    front: Front,
    warm: AtomicBool,
}

impl Host {
    pub fn new(router: Router, keys: KeyFeed, metrics: FunctionMetrics, front: Front) -> Self {
        Self(Arc::new(Inner {
            router,
            keys,
            metrics,
            front,
            warm: AtomicBool::new(false),
        }))
    }

    /// Answers one event before Lambda's time limit ends.
    ///
    /// # Errors
    /// When the event is of a kind that has no answer.
    pub async fn answer(self, event: LambdaEvent<Value>) -> Result<Value, EventError> {
        let LambdaEvent { payload, context } = event;
        let Inner { keys, metrics, .. } = &*self.0;
        let answer = match Payload::read(payload)? {
            Payload::Http(event) => self.respond(event, &context).await?,
            Payload::Warmer => {
                deadline::within(auth_lambda::deadline(&context), keys.follow(None)).await;
                auth_lambda::warm(keys.keys().jwks().is_some())
            }
        };
        metrics.write();
        Ok(answer)
    }

    async fn respond(&self, event: HttpEvent, context: &Context) -> Result<Value, EventError> {
        let Inner {
            router,
            keys,
            front,
            warm,
            ..
        } = &*self.0;
        let sender = event.sender;
        let cold = !warm.swap(true, Ordering::Relaxed);
        let request = auth_lambda::request(event, context, front, cold)?;
        let key_id = token_head::key_id(request.headers());
        let answer = deadline::within(auth_lambda::deadline(context), async {
            keys.follow(key_id.as_deref()).await;
            router.clone().oneshot(request).await
        });
        let Ok(answer) = answer.await;
        Ok(auth_lambda::response(answer, sender).await)
    }
}
