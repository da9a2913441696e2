//! The formats of AWS Lambda: its events, and the requests and answers that they become.

mod event;
mod payload;
mod response;
mod service_path;

pub use event::{Front, deadline, request};
pub use lambda_http::lambda_runtime::Context;
pub use payload::{EventError, HttpEvent, Payload, Sender};
pub use response::{response, warm};
