//! The parsers of the settings. An error completes the sentence "`…` cannot be `x`: " and says what
//! a valid value looks like.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use auth_crypto::algorithm::{self, Algorithm};
use auth_rest::Origin;
use auth_runtime::SecretText;
use http::Uri;
use ipnet::IpNet;

/// The largest size of an issuer and of an audience. The rules reserve as much of a token for each.
const MAX_NAME_BYTES: usize = 200;
/// The length of the prefix of IPv4-mapped addresses (RFC 4291 §2.5.5.2).
const MAPPED: u8 = 96;

type Parsed<T> = Result<T, &'static str>;

/// An IP address and a port.
pub(super) fn listen(text: &str) -> Parsed<SocketAddr> {
    text.parse()
        .map_err(|_| "it is an IP address with a port, such as 127.0.0.1:8080")
}

/// Where metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsAddress {
    /// At this address.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl MetricsAddress {
    pub(super) fn parse(text: &str) -> Parsed<Self> {
        match text.trim() {
            "off" => Ok(Self::Off),
            text => listen(text)
                .map(Self::At)
                .map_err(|_| "it is an IP address with a port, such as 127.0.0.1:8081, or `off`"),
        }
    }
}

/// A number of connections.
pub(super) fn connections(text: &str) -> Parsed<usize> {
    within(text, 16..=100_000).ok_or("it is a number from 16 to 100000")
}

/// The time for which an idle connection is kept.
pub(super) fn idle_seconds(text: &str) -> Parsed<u32> {
    within(text, 1..=3600).ok_or("it is a number of seconds from 1 to 3600")
}

/// The time between a signal to stop and the end of serving.
pub(super) fn drain_seconds(text: &str) -> Parsed<u32> {
    within(text, 0..=300).ok_or("it is a number of seconds from 0 to 300")
}

fn within<N: FromStr + PartialOrd>(text: &str, range: RangeInclusive<N>) -> Option<N> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// A path to a file or directory, which is opened later.
pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    Ok(text.into())
}

/// A secret, which may be any text.
pub(super) fn secret(text: &str) -> Parsed<SecretText> {
    Ok(SecretText::new(text.to_owned()))
}

/// The address or network of a proxy. A network of IPv4-mapped addresses is one of IPv4 addresses,
/// since a peer's address is written so.
pub(super) fn network(text: &str) -> Parsed<IpNet> {
    let text = text.trim();
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network.map_err(|_| "it is an address or a network, such as 10.0.0.0/8")?;
    let mapped = || IpNet::new_assert(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped().into(), MAPPED);
    let network = match network {
        IpNet::V6(inner) if mapped().contains(&network) => {
            let prefix = inner.prefix_len().saturating_sub(MAPPED);
            IpNet::new(inner.addr().to_canonical(), prefix).unwrap_or(network)
        }
        _ => network,
    };
    if network.prefix_len() == 0 || network.contains(&mapped()) {
        return Err("every client would be trusted to name its own address");
    }
    Ok(network)
}

/// The id of an API key of API Gateway, which is not the key itself.
pub(super) fn key_id(text: &str) -> Parsed<String> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("it is the id of a key of API Gateway, of letters and digits, and not the key");
    }
    Ok(text.to_owned())
}

/// An issuer by RFC 8414 §2. The scheme `http` is accepted as well, for development and for
/// networks in which a proxy terminates TLS.
pub(super) fn issuer(text: &str) -> Parsed<String> {
    const WANTED: &str =
        "it is an http or https URL without query and fragment, of at most 200 bytes";
    let url: Uri = text.parse().map_err(|_| WANTED)?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    let is_short = text.len() <= MAX_NAME_BYTES;
    if is_http && is_short && url.query().is_none() && !text.contains(['#', '@']) {
        Ok(text.to_owned())
    } else {
        Err(WANTED)
    }
}

/// An origin whose pages may call the service from a browser.
pub(super) fn origin(text: &str) -> Parsed<Origin> {
    let origin = text.trim().parse();
    origin
        .map_err(|_| "it is scheme and host as browsers send them, such as https://app.example.com")
}

/// A name for `aud` of the tokens.
pub(super) fn audience(text: &str) -> Parsed<String> {
    let is_short = text.len() <= MAX_NAME_BYTES;
    if !is_short || text.trim() != text || text.chars().any(char::is_control) {
        return Err("it is a name of at most 200 bytes without space around it");
    }
    Ok(text.to_owned())
}

/// A switch.
pub(super) fn on_or_off(text: &str) -> Parsed<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("it is on or off"),
    }
}

/// An algorithm for generated keys, in upper or lower case. HS256 is not among them, because a data
/// directory holds no shared secrets.
pub(super) fn signing_algorithm(text: &str) -> Parsed<Algorithm> {
    let known = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256];
    let is_named = |known: &Algorithm| algorithm::name(*known).eq_ignore_ascii_case(text);
    known
        .into_iter()
        .find(is_named)
        .ok_or("it is one of ES256, EdDSA, RS256")
}

/// The number of places in the queue of the hash pool.
pub(super) fn hash_queue(text: &str) -> Parsed<usize> {
    within(text, 1..=10_000).ok_or("it is a number from 1 to 10000")
}

/// The number of connections to the database.
pub(super) fn pool(text: &str) -> Parsed<u32> {
    within(text, 1..=1000).ok_or("it is a number from 1 to 1000")
}
