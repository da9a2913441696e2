//! Judges requests for API Gateway: reads the events that it sends to a Lambda authorizer, asks the
//! gate, and answers in the form of the API.
#![forbid(unsafe_code)]

mod answer;
mod authorizer;
mod event;

pub use authorizer::{Authorizer, Unanswered};
pub use event::EventError;
