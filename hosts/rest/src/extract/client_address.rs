//! The address of the client, as far as the proxies that report it can be trusted.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::app::Shared;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client, or `unknown` when the host does not say who the peer is.
pub(crate) struct ClientAddress(pub(crate) String);

impl FromRequestParts<Shared> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let client = client(
            &parts.extensions,
            &parts.headers,
            &app.config.trusted_proxies,
        );
        let client = client.map(|address| address.to_string());
        Ok(Self(client.unwrap_or_else(|| "unknown".to_owned())))
    }
}

/// The address of the client of a request; `None` when the host does not say who the peer is.
pub(crate) fn client(
    extensions: &Extensions,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| resolve(peer.ip(), headers, trusted))
}

/// Walks from the peer towards the client for as long as the hop that names the next one is trusted.
/// The client can write the left end of the header. What stands right of it was written by trusted hops.
fn resolve(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    let mut entries = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|value| value.as_bytes().rsplit(|&byte| byte == b','));
    while trusted.iter().any(|network| network.contains(&address)) {
        let Some(next) = entries.next().and_then(parse_entry) else {
            break;
        };
        address = next;
    }
    address
}

/// Parses an address, which some proxies write with a port or in brackets.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse()
        .or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &[&'static str]) -> String {
        let networks = ["10.0.0.0/8", "2001:db8:ffff::/48"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        resolve(peer.parse().unwrap(), &headers, &networks).to_string()
    }

    #[test]
    fn believes_only_trusted_hops() {
        for (peer, forwarded, expected) in [
            // No trusted hop.
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["198.51.100.1"], "192.0.2.1"),
            // One hop, several hops, several headers.
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("2001:db8:ffff::1", &["2001:db8::1"], "2001:db8::1"),
            // An entry that the client wrote stays left of the one that the proxy added.
            ("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.1",
                &["203.0.113.9", "198.51.100.1,10.0.0.2"],
                "198.51.100.1",
            ),
            // All hops are proxies: the farthest of them counts as the client.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // Malformed entries stop the walk.
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1,"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, evil, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["198.51.100.1 10.0.0.2"], "10.0.0.1"),
            ("10.0.0.1", &["010.0.0.1"], "10.0.0.1"),
            // Spellings of one address.
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
        ] {
            assert_eq!(client(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }
}
