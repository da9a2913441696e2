//! What a client gets.

use http::HeaderMap;
use serde_json::Value;

/// An answer, whatever the kind of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            body,
        }
    }

    /// A header, empty when there is none.
    ///
    /// # Panics
    /// When it is not ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.map_or("", |value| value.expect("a header in ASCII"))
    }

    /// The body as it came.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A member of the body that is a string.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        let value = &self.json()[member];
        let text = value.as_str();
        text.unwrap_or_else(|| panic!("no `{member}` in {self:?}"))
            .to_owned()
    }

    /// Itself, if it has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{body}");
        self
    }

    /// Holds the answer against a status and the name of a problem.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, slug: &str) {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{body}");
        let kind = self.text("type");
        assert!(kind.ends_with(&format!("/problems/{slug}")), "{kind}");
    }

    /// Holds the answer against what a service says that cannot work for now.
    ///
    /// # Panics
    /// When it is another, or says more than it should.
    #[track_caller]
    pub fn expect_unavailable(&self) {
        self.expect_problem(503, "unavailable");
        let wait: u32 = self.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        let body = String::from_utf8_lossy(&self.body).to_lowercase();
        for word in ["mongo", "127.0.0.1", "secret", "arn:", "topology", "pool"] {
            assert!(!body.contains(word), "{body}");
        }
    }
}
