//! The parsers of the settings. An error completes the sentence "`…` cannot be `x`: " and says what
//! a valid value looks like.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use auth_crypto::algorithm::{self, Algorithm};
use auth_rest::Origin;
use auth_runtime::SecretText;
use http::Uri;
use ipnet::IpNet;

/// The largest size of an issuer and of an audience. The rules reserve as much of a token for each.
const MAX_NAME_BYTES: usize = 200;

type Parsed<T> = Result<T, &'static str>;

/// An IP address and a port.
pub(super) fn listen(text: &str) -> Parsed<SocketAddr> {
    text.parse()
        .map_err(|_| "it is an IP address with a port, such as 127.0.0.1:8080")
}

/// A path to a file or directory, which is opened later.
pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    Ok(text.into())
}

/// A secret, which may be any text.
pub(super) fn secret(text: &str) -> Parsed<SecretText> {
    Ok(SecretText::new(text.to_owned()))
}

/// The address or network of a proxy.
pub(super) fn network(text: &str) -> Parsed<IpNet> {
    let text = text.trim();
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "it is an address or a network, such as 10.0.0.0/8")
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
    let places = text.parse().ok();
    let places = places.filter(|places| (1..=10_000).contains(places));
    places.ok_or("it is a number from 1 to 10000")
}

/// The number of connections to the database.
pub(super) fn pool(text: &str) -> Parsed<u32> {
    let pool = text.parse().ok().filter(|pool| (1..=1000).contains(pool));
    pool.ok_or("it is a number from 1 to 1000")
}
