//! Checks the trusted proxies. A trusted peer chooses the address that the throttle counts by, so
//! they must not be everybody.

use anyhow::{Result, bail};
use ipnet::IpNet;

use super::table::TRUSTED_PROXIES;

/// Refuses networks that together hold every IPv4 or every IPv6 address.
///
/// # Errors
/// When they do, as one sentence that names the setting.
pub fn check(networks: &[IpNet]) -> Result<()> {
    let all = IpNet::aggregate(&networks.to_vec());
    match all.iter().find(|network| network.prefix_len() == 0) {
        None => Ok(()),
        Some(everything) => bail!(
            "{} cannot be `{everything}` in parts: every client would be trusted to name its own \
             address",
            TRUSTED_PROXIES.row.variable
        ),
    }
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
        ] {
            let networks: Vec<_> = networks.iter().map(|it| it.parse().unwrap()).collect();
            assert_eq!(check(&networks).is_ok(), accepted, "{networks:?}");
        }
    }
}
