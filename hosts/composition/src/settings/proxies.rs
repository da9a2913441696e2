//! The settings of the proxies that are trusted, and their check. A trusted peer chooses the address
//! that the throttle counts by, so they must not be everybody.

use std::net::{Ipv4Addr, Ipv6Addr};

use anyhow::{Result, bail};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::parse;
use super::setting::{ROW, Row, Setting, Unset};

/// `COUNTERSIGN_TRUSTED_PROXIES`: the proxies whose `X-Forwarded-For` is trusted.
pub static TRUSTED_PROXIES: Setting<IpNet> = Setting {
    row: Row {
        variable: "COUNTERSIGN_TRUSTED_PROXIES",
        flag: Some("trusted-proxies"),
        value_name: "NETWORKS",
        help: "The addresses or networks of proxies whose `X-Forwarded-For` is believed, separated by \
               commas",
        is_list: true,
        ..ROW
    },
    parse: parse::network,
};

/// `COUNTERSIGN_PROXY_KEYS`: the API keys of proxies whose `X-Forwarded-For` is trusted.
pub static PROXY_KEYS: Setting<String> = Setting {
    row: Row {
        variable: "COUNTERSIGN_PROXY_KEYS",
        help: "The ids of keys of a REST API by which it knows a proxy whose `X-Forwarded-For` is \
               believed, such as a distribution of CloudFront, whose addresses are many and change; \
               separated by commas",
        is_list: true,
        server: Unset::NotRead,
        ..ROW
    },
    parse: parse::key_id,
};

/// Refuses networks that together hold every IPv4 or every IPv6 address that a client can have.
///
/// # Errors
/// When they do, as one sentence that names the setting.
pub fn check(networks: &[IpNet]) -> Result<()> {
    // Multicast and reserved addresses are those of no client (RFC 1112 §4).
    let no_client = IpNet::from(Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 3));
    let every_v4 = IpNet::from(Ipv4Net::default());
    // Global unicast (RFC 4291 §2.4, as IANA assigns it).
    let every_v6 = IpNet::from(Ipv6Net::new_assert(
        Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0),
        3,
    ));
    let mut all = networks.to_vec();
    all.push(no_client);
    let all = IpNet::aggregate(&all);
    for every in [every_v4, every_v6] {
        if all.iter().any(|network| network.contains(&every)) {
            bail!(
                "{} cannot hold all of `{every}`, whole or in parts: every client would be trusted \
                 to name its own address",
                TRUSTED_PROXIES.row.variable
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_everything_are_everything() {
        for (networks, accepted) in [
            (&[][..], true),
            (&["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"], true),
            (&["0.0.0.0/1", "192.0.2.0/24"], true),
            (&["0.0.0.0/1", "128.0.0.0/1"], false),
            (&["::/2", "10.0.0.0/8", "4000::/2", "8000::/1"], false),
            (&["2000::/3"], false),
            (&["2000::/4", "3000::/5", "fd00::/8"], true),
            (&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], false),
        ] {
            let networks: Vec<_> = networks.iter().map(|it| it.parse().unwrap()).collect();
            assert_eq!(check(&networks).is_ok(), accepted, "{networks:?}");
        }
    }
}
