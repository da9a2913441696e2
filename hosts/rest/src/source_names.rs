//! How the log names the source of a request.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::source::Source;

type Name = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Names the source of a request for the log: its network address, or what a host makes of it.
#[derive(Clone)]
pub struct SourceNames(Arc<Name>);

impl SourceNames {
    /// Names made of the text of a source; `None` for a source that the log is not to name.
    #[must_use]
    pub fn new(name: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(name))
    }

    pub(crate) fn of(&self, client: IpAddr) -> Option<String> {
        (self.0)(&Source::of(client).to_string())
    }
}

impl Default for SourceNames {
    /// The text of the source itself.
    fn default() -> Self {
        Self::new(|source| Some(source.to_owned()))
    }
}

impl fmt::Debug for SourceNames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SourceNames(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_address_or_a_network() {
        for (address, source) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(SourceNames::default().of(address).as_deref(), Some(source));
            assert_eq!(SourceNames::new(|_| None).of(address), None);
        }
    }
}
