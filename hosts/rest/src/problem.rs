//! Refusals as RFC 9457 problem documents.

mod document;
pub(crate) mod kinds;
mod reasons;
mod refusal;

pub(crate) use document::{Document, InputError, MEDIA_TYPE, Place, example};
pub use reasons::{email_reason, password_reason};
pub(crate) use reasons::{invalid_email, not_initial, weak_password};
pub(crate) use refusal::Problem;
