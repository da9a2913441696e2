//! Lambda's Runtime API and Extensions API, for one function: it asks for the next event, and sends
//! its answer.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How a function settled an event.
#[derive(Debug)]
pub enum Outcome {
    /// The function answered with this body.
    Response(Bytes),
    /// The function reported this error.
    Error(Bytes),
}

/// Lambda's APIs on a port of their own, for one function.
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    events: mpsc::UnboundedSender<Event>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    waiting: StdMutex<HashMap<String, oneshot::Sender<Outcome>>>,
    queue: Mutex<Option<mpsc::UnboundedReceiver<Event>>>,
    pollers: AtomicUsize,
    first_asked: OnceLock<Instant>,
    extensions: StdMutex<Vec<String>>,
    count: AtomicUsize,
}

struct Event {
    id: String,
    payload: Bytes,
    deadline: u64,
}

impl RuntimeApi {
    /// Starts the APIs on a free port of loopback.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (events, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            queue: Mutex::new(Some(queue)),
            ..Shared::default()
        });
        let routes = routes().with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it serves");
        });
        Self {
            address,
            shared,
            events,
            server,
        }
    }

    /// The address for `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests for the next event are waiting.
    pub fn pollers(&self) -> usize {
        self.shared.pollers.load(Ordering::SeqCst)
    }

    /// When the function asked for its first event; `None` before that.
    pub fn first_asked(&self) -> Option<Instant> {
        self.shared.first_asked.get().copied()
    }

    /// The extensions that registered.
    pub fn extensions(&self) -> Vec<String> {
        self.shared.extensions.lock().expect("no panic").clone()
    }

    /// Sends an event that must be answered within `time`, and returns the function's answer.
    ///
    /// # Errors
    /// When the function gives no answer in time, where Lambda would end the invocation.
    pub async fn invoke(
        &self,
        payload: impl Into<Bytes>,
        time: Duration,
    ) -> Result<Outcome, TimedOut> {
        let id = format!(
            "00000000-0000-4000-8000-{:012}",
            self.shared.count.fetch_add(1, Ordering::SeqCst)
        );
        let (answer, answered) = oneshot::channel();
        let end = SystemTime::now() + time;
        let end = end.duration_since(UNIX_EPOCH).expect("after 1970");
        self.shared
            .waiting
            .lock()
            .expect("no panic")
            .insert(id.clone(), answer);
        let event = Event {
            id,
            payload: payload.into(),
            deadline: u64::try_from(end.as_millis()).expect("it fits"),
        };
        self.events.send(event).expect("the API runs");
        match tokio::time::timeout(time, answered).await {
            Ok(outcome) => Ok(outcome.expect("the API runs")),
            Err(_) => Err(TimedOut),
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The function gave no answer in its time. Lambda would have killed the process.
#[derive(Debug)]
pub struct TimedOut;

/// Counts a request for as long as it waits.
struct Poller<'a>(&'a AtomicUsize);

impl<'a> Poller<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Poller<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn routes() -> Router<Arc<Shared>> {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(response))
        .route("/invocation/{id}/error", post(error))
        // Lambda's own limit of an answer is 6 MB. This limit is larger, so that a test sees a
        // larger answer.
        .layer(DefaultBodyLimit::max(8 << 20));
    let extension = Router::new()
        .route("/register", post(register))
        .route("/event/next", get(std::future::pending::<StatusCode>));
    Router::new()
        .nest("/2018-06-01/runtime", runtime)
        .nest("/2020-01-01/extension", extension)
}

async fn next(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    shared.first_asked.get_or_init(Instant::now);
    let poller = Poller::new(&shared.pollers);
    let event = {
        let mut queue = shared.queue.lock().await;
        let queue = queue.as_mut().expect("a queue");
        queue.recv().await
    };
    drop(poller);
    let Event {
        id,
        payload,
        deadline,
    } = event.ok_or(StatusCode::GONE)?;
    let trace = format!("Root=1-5759e988-{:0>24};Sampled=1", &id[24..]);
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:111122223333:function:countersign".to_owned(),
        ),
        ("lambda-runtime-trace-id", trace),
        ("content-type", "application/json".to_owned()),
    ];
    Ok::<_, StatusCode>((headers, payload))
}

async fn response(shared: State<Arc<Shared>>, id: Path<String>, body: Bytes) -> StatusCode {
    settle(&shared, &id, Outcome::Response(body))
}

async fn error(shared: State<Arc<Shared>>, id: Path<String>, body: Bytes) -> StatusCode {
    settle(&shared, &id, Outcome::Error(body))
}

/// Hands the outcome of an event to the test that sent it. Each event is settled once.
fn settle(shared: &Shared, id: &str, outcome: Outcome) -> StatusCode {
    let waiting = shared.waiting.lock().expect("no panic").remove(id);
    let Some(waiting) = waiting else {
        return StatusCode::BAD_REQUEST;
    };
    // The test may have stopped waiting.
    let _ = waiting.send(outcome);
    StatusCode::ACCEPTED
}

async fn register(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> impl IntoResponse {
    let name = headers.get("lambda-extension-name");
    let name = name.and_then(|name| name.to_str().ok()).unwrap_or_default();
    shared
        .extensions
        .lock()
        .expect("no panic")
        .push(name.to_owned());
    let body = r#"{"functionName":"countersign","functionVersion":"1","handler":"bootstrap"}"#;
    ([("lambda-extension-identifier", "extension-1")], body)
}
