//! What a value of each setting looks like, whatever it was read from. The refusals go on where a
//! sentence says "`…` cannot be `x`: ".

use std::net::IpAddr;

use auth_crypto::Environment;
use auth_rest::Origin;
use http::Uri;
use ipnet::IpNet;

/// `ENVIRONMENT`, in any case.
///
/// # Errors
/// Its names.
pub fn parse_environment(text: &str) -> Result<Environment, &'static str> {
    Environment::from_name(&text.to_lowercase())
        .ok_or("it is one of development, staging, production")
}

/// A proxy's address or network.
///
/// # Errors
/// What it looks like.
pub fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "it is an address or a network, such as 10.0.0.0/8")
}

/// RFC 8414 §2, but for the scheme: `http` serves where a proxy or nobody else is near.
///
/// # Errors
/// What it looks like.
pub fn parse_issuer(text: &str) -> Result<String, &'static str> {
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
///
/// # Errors
/// What it looks like.
pub fn parse_origin(text: &str) -> Result<Origin, &'static str> {
    let origin = text.trim().parse();
    origin
        .map_err(|_| "it is scheme and host as browsers send them, such as https://app.example.com")
}

/// `aud` of the tokens.
///
/// # Errors
/// What it looks like.
pub fn parse_audience(text: &str) -> Result<String, &'static str> {
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err("it is a name without space around it");
    }
    Ok(text.to_owned())
}

/// Places in the hashing queue.
///
/// # Errors
/// Its bounds.
pub fn parse_places(text: &str) -> Result<usize, &'static str> {
    let places = text
        .parse()
        .ok()
        .filter(|places| (1..=10_000).contains(places));
    places.ok_or("it is a number from 1 to 10000")
}

/// The most connections to a database.
///
/// # Errors
/// Its bounds.
pub fn parse_pool(text: &str) -> Result<u32, &'static str> {
    let pool = text.parse().ok().filter(|pool| (1..=1000).contains(pool));
    pool.ok_or("it is a number from 1 to 1000")
}
