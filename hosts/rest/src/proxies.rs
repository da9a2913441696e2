//! The proxies that are trusted, and the client behind them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Once};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::source::Source;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Warns once that a trusted proxy does not say who its clients are.
static UNNAMED: Once = Once::new();

/// An extension of a request: the host knows the peer as a proxy by something better than its address,
/// such as a key that a gateway has checked. Its `X-Forwarded-For` is believed, and nothing else that it
/// passes on.
#[derive(Clone, Copy, Debug)]
pub struct KnownProxy;

/// The proxies whose headers are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Whether the peer of a request is one of them.
    pub(crate) fn sent(&self, extensions: &Extensions) -> bool {
        peer(extensions).is_some_and(|peer| self.contain(peer))
    }

    /// The source of the client of a request.
    pub(crate) fn source(&self, parts: &Parts) -> Source {
        let client = self.client(&parts.extensions, &parts.headers);
        Source::of(client.unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
    }

    /// The address of the client of a request; `None` when the host does not say who the peer is.
    pub(crate) fn client(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer(extensions)?;
        let mut entries = entries(headers);
        let first = match extensions.get::<KnownProxy>() {
            Some(KnownProxy) => behind(peer, &mut entries),
            None => peer,
        };
        Some(self.resolve(first, entries))
    }

    /// Walks from the peer towards the client for as long as the hop that names the next one is
    /// trusted. The client can write the left end of the header. What stands right of it was written
    /// by trusted hops.
    ///
    /// Empty entries are skipped (RFC 9110 §5.6.1). An entry that names no address, such as `unknown`
    /// or `_hidden` (RFC 7239 §6), ends the walk: the proxy that wrote it counts as the client.
    fn resolve<'a>(&self, peer: IpAddr, mut entries: impl Iterator<Item = &'a [u8]>) -> IpAddr {
        let mut address = peer;
        while self.contain(address) {
            let Some(entry) = entries.next() else {
                break;
            };
            let Some(next) = parse_hop(entry) else {
                warn_of_unnamed_clients(address);
                break;
            };
            address = next;
        }
        address
    }

    /// Whether an address is that of a trusted proxy.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl From<Vec<IpNet>> for Proxies {
    fn from(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip().to_canonical())
}

/// The entries of `X-Forwarded-For`, the last one first.
fn entries(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    values
        .flat_map(|value| value.as_bytes().rsplit(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|entry| !entry.is_empty())
}

/// The client that a known proxy names. The gateway that knows the proxy has added the address of the
/// proxy behind that. What stands left of the client was written by the client.
fn behind<'a>(proxy: IpAddr, entries: &mut impl Iterator<Item = &'a [u8]>) -> IpAddr {
    let mut next = || entries.next().and_then(parse_hop);
    let named = match next() {
        Some(own) if own == proxy => next(),
        other => other,
    };
    named.unwrap_or_else(|| {
        warn_of_unnamed_clients(proxy);
        proxy
    })
}

fn warn_of_unnamed_clients(proxy: IpAddr) {
    UNNAMED.call_once(|| {
        tracing::warn!(
            %proxy,
            "a trusted proxy wrote no X-Forwarded-For that names an address: all its clients count \
             as one source"
        );
    });
}

/// Parses an entry of `X-Forwarded-For`. Some proxies write the address with a port, in brackets, in quotes, or with the name of
/// an interface, which says nothing on another machine (RFC 4007 §11.2).
#[must_use]
pub fn parse_hop(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let text = between(text, '"', '"').unwrap_or(text);
    let bare = between(text, '[', ']').unwrap_or(text);
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    let address = bare
        .parse()
        .or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

fn between(text: &str, start: char, end: char) -> Option<&str> {
    text.strip_prefix(start)?.strip_suffix(end)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &[&'static str], known: Option<KnownProxy>) -> String {
        let networks = ["10.0.0.0/8", "2001:db8:ffff::/48"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 0)));
        known.map(|known| extensions.insert(known));
        let proxies = Proxies::from(networks.to_vec());
        proxies.client(&extensions, &headers).unwrap().to_string()
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
            // Empty entries are skipped.
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, "], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, ,10.0.0.2", ""], "198.51.100.1"),
            // Entries that name no address stop the walk.
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, _hidden"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["198.51.100.1, evil, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["198.51.100.1 10.0.0.2"], "10.0.0.1"),
            ("10.0.0.1", &["010.0.0.1"], "10.0.0.1"),
            // Spellings of one address.
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", &["\"[2001:db8::1]:4711\""], "2001:db8::1"),
            ("10.0.0.1", &["\"198.51.100.1\""], "198.51.100.1"),
            ("10.0.0.1", &["fe80::1%eth0"], "fe80::1"),
            ("10.0.0.1", &["[fe80::1%25eth0]"], "fe80::1"),
        ] {
            let found = client(peer, forwarded, None);
            assert_eq!(found, expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn believes_a_known_proxy_for_one_hop() {
        for (forwarded, expected) in [
            // With and without the entry that the gateway adds for the proxy.
            (&["198.51.100.1, 192.0.2.1"][..], "198.51.100.1"),
            (&["198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1", "192.0.2.1:443"], "198.51.100.1"),
            (&["2001:db8::1, 192.0.2.1"], "2001:db8::1"),
            // What the client wrote.
            (&["203.0.113.9, 198.51.100.1, 192.0.2.1"], "198.51.100.1"),
            (&["203.0.113.9, 192.0.2.1, 192.0.2.1"], "192.0.2.1"),
            // A client that is itself a trusted proxy goes on naming its own.
            (&["198.51.100.1, 10.0.0.1, 192.0.2.1"], "198.51.100.1"),
            // No client is named.
            (&[], "192.0.2.1"),
            (&["192.0.2.1"], "192.0.2.1"),
            (&["203.0.113.9, unknown, 192.0.2.1"], "192.0.2.1"),
        ] {
            let found = client("192.0.2.1", forwarded, Some(KnownProxy));
            assert_eq!(found, expected, "{forwarded:?}");
        }
    }
}
