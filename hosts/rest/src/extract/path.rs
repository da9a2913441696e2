//! Segments of the path of a request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::problem::{Problem, kinds};

/// Like [`axum::extract::Path`], but a segment that is not UTF-8 is answered with 404.
pub(crate) struct Path<T>(pub(crate) T);

/// The id of a record. It is written in lower case and read in any (RFC 9562 §4).
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let mut text = String::deserialize(text)?;
        text.make_ascii_lowercase();
        Ok(Self(text))
    }
}

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(segments)| Self(segments))
            .map_err(|_| Problem::new(&kinds::NOT_FOUND))
    }
}
