//! The group of addresses that counts as one client.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address or an IPv6 /64, since a client that has one address of a /64 has all of them.
/// `core/rules/src/source.rs` groups addresses in the same way for the throttle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl Source {
    /// The source that an address belongs to. An IPv4-mapped address is an IPv4 address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        })
    }
}

/// The name that the throttle gives to the source.
impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(formatter, "{address}"),
            IpAddr::V6(network) => write!(formatter, "{network}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_one_customer_is_one_source() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            assert_eq!(source(one) == source(other), same, "{one} {other}");
        }
    }

    #[test]
    fn the_throttle_gives_a_source_the_same_name() {
        for address in [
            "192.0.2.7",
            "::ffff:192.0.2.7",
            "2001:db8:1:2:3:4:5:6",
            "::1",
            "::",
            "64:ff9b::192.0.2.7",
        ] {
            let name = auth_rules::source::group(address);
            assert_eq!(source(address).to_string(), name, "{address}");
        }
    }

    fn source(address: &str) -> Source {
        Source::of(address.parse().unwrap())
    }
}
