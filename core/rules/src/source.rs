//! Groups the client addresses that the throttle treats as one source.

use core::net::{IpAddr, Ipv6Addr};

/// The source of whatever is not an address.
pub const UNKNOWN: &str = "unknown";

/// Returns the name of the source to which an address belongs.
///
/// Each IPv4 address is its own source, also when it is embedded in an IPv6 address (RFC 4291
/// §2.5.5.2). An IPv6 address counts by its /64, since a client that has one address of a /64 has
/// all of them. A text that is not an address belongs to the source [`UNKNOWN`].
pub fn group(address: &str) -> String {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Err(_) => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn groups_addresses() {
        for (address, source) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::FFFF:c000:0207", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
            ("2001:0db8:0001:0003::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
            ("fe80::1%eth0", "unknown"),
            ("192.0.2.7:443", "unknown"),
            ("[2001:db8::1]", "unknown"),
            ("192.0.2.07", "unknown"),
            (" 192.0.2.7", "unknown"),
            ("", "unknown"),
            ("localhost", "unknown"),
        ] {
            assert_eq!(group(address), source, "{address}");
        }
    }

    proptest! {
        #[test]
        fn one_network_is_one_source(network in any::<u64>(), a in any::<u64>(), b in any::<u64>()) {
            let address = |host: u64| {
                Ipv6Addr::from_bits(u128::from(network) << 64 | u128::from(host)).to_string()
            };
            prop_assume!(network != 0);
            prop_assert_eq!(group(&address(a)), group(&address(b)));
            prop_assert_ne!(group(&address(a)), group(&Ipv6Addr::from_bits(u128::from(!network) << 64).to_string()));
        }

        #[test]
        fn any_text_has_a_short_source(text in any::<String>()) {
            prop_assert!(group(&text).len() <= 64);
        }
    }
}
