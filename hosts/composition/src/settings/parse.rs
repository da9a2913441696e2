//! The parser of each setting. An error follows "`…` cannot be `x`: " in a sentence, and says what a
//! value looks like.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use auth_crypto::algorithm::{self, Algorithm};
use auth_rest::Origin;
use auth_runtime::SecretText;
use http::Uri;
use ipnet::IpNet;

type Parsed<T> = Result<T, &'static str>;

/// An IP address and a port.
pub(super) fn listen(text: &str) -> Parsed<SocketAddr> {
    text.parse()
        .map_err(|_| "it is an IP address with a port, such as 127.0.0.1:8080")
}

/// A path, which is opened later.
pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    Ok(text.into())
}

/// Text that may be anything.
pub(super) fn secret(text: &str) -> Parsed<SecretText> {
    Ok(SecretText::new(text.to_owned()))
}

/// A proxy's address or network.
pub(super) fn network(text: &str) -> Parsed<IpNet> {
    let text = text.trim();
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "it is an address or a network, such as 10.0.0.0/8")
}

/// An issuer as RFC 8414 §2 defines it, but also with the scheme `http`, for development and for
/// networks in which a proxy ends TLS.
pub(super) fn issuer(text: &str) -> Parsed<String> {
    const WANTED: &str = "it is an http or https URL without query and fragment";
    let url: Uri = text.parse().map_err(|_| WANTED)?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    if is_http && url.query().is_none() && !text.contains(['#', '@']) {
        Ok(text.to_owned())
    } else {
        Err(WANTED)
    }
}

/// An origin whose pages may call from a browser.
pub(super) fn origin(text: &str) -> Parsed<Origin> {
    let origin = text.trim().parse();
    origin
        .map_err(|_| "it is scheme and host as browsers send them, such as https://app.example.com")
}

/// A name for `aud`.
pub(super) fn audience(text: &str) -> Parsed<String> {
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err("it is a name without space around it");
    }
    Ok(text.to_owned())
}

/// An algorithm for generated keys, in any case. A data directory holds no shared secrets, so HS256 is
/// not among them.
pub(super) fn signing_algorithm(text: &str) -> Parsed<Algorithm> {
    let known = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];
    let is_named = |known: &Algorithm| algorithm::name(*known).eq_ignore_ascii_case(text);
    known
        .into_iter()
        .find(is_named)
        .ok_or("it is one of EdDSA, ES256, RS256")
}

/// A number of places in the queue of the hash pool.
pub(super) fn hash_queue(text: &str) -> Parsed<usize> {
    let places = text.parse().ok();
    let places = places.filter(|places| (1..=10_000).contains(places));
    places.ok_or("it is a number from 1 to 10000")
}

/// A number of connections.
pub(super) fn pool(text: &str) -> Parsed<u32> {
    let pool = text.parse().ok().filter(|pool| (1..=1000).contains(pool));
    pool.ok_or("it is a number from 1 to 1000")
}
