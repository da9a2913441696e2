//! Where an issuer publishes its keys: a file or a URL.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use http::Uri;
use http::header::ACCEPT;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use crate::fetched_keys::FetchKeySet;

/// The most bytes of a key set, enough for hundreds of keys.
const MAX_BYTES: u64 = 64 << 10;
/// The time limit of name look-up, connection and answer together.
const TIME_LIMIT: Duration = Duration::from_secs(3);
const TYPES: &str = "application/jwk-set+json, application/json";

/// The place of a key set (RFC 7517 §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file of this machine.
    File(PathBuf),
    /// An `https` URL, or an `http` URL of this machine.
    Url(Uri),
}

impl Location {
    /// Parses a path or a URL.
    ///
    /// # Errors
    /// When the keys would come from another machine without TLS, or by another protocol. The text
    /// completes the sentence "… cannot be `x`: ".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.contains("://") {
            return Ok(Self::File(text.into()));
        }
        let url: Uri = text.parse().map_err(|_| "it is no URL")?;
        match url.scheme_str() {
            Some("https") => Ok(Self::Url(url)),
            Some("http") if is_loopback(&url) => Ok(Self::Url(url)),
            Some("http") => Err("http is for this machine alone: use https"),
            _ => Err("the URL is neither https nor http"),
        }
    }

    /// Where an issuer of Countersign publishes its keys.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn of_issuer(issuer: &str) -> Result<Self, &'static str> {
        let issuer = issuer.trim_end_matches('/');
        Self::parse(&format!("{issuer}/.well-known/jwks.json"))
    }

    /// Reads the text of the key set. It may block for three seconds.
    ///
    /// # Errors
    /// When it cannot be read or is too large. The error names the place.
    pub fn read(&self) -> Result<String> {
        let text = match self {
            Self::File(path) => File::open(path)
                .context("cannot read the file")
                .and_then(read_bounded),
            Self::Url(url) => get(url),
        };
        text.with_context(|| format!("no keys from `{self}`"))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Url(url) => url.fmt(formatter),
        }
    }
}

#[async_trait]
impl FetchKeySet for Location {
    async fn fetch(&self) -> Result<String> {
        let location = self.clone();
        tokio::task::spawn_blocking(move || location.read()).await?
    }
}

fn get(url: &Uri) -> Result<String> {
    let mut answer = agent(is_loopback(url))
        .get(url)
        .header(ACCEPT, TYPES)
        .call()?;
    match answer.status().as_u16() {
        200 => read_bounded(answer.body_mut().as_reader()),
        300..400 => bail!("the answer is a redirect, and none is followed"),
        status => bail!("the answer is {status}"),
    }
}

/// An HTTP client that follows no redirect: the operator names the source of the keys, and a server
/// must not change it.
fn agent(local: bool) -> Agent {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let mut config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(TIME_LIMIT))
        .max_redirects(0)
        .http_status_as_error(false);
    if local {
        config = config.proxy(None);
    }
    config.build().new_agent()
}

fn is_loopback(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || literal
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn read_bounded(input: impl Read) -> Result<String> {
    let mut text = String::new();
    input
        .take(MAX_BYTES.saturating_add(1))
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        bail!("it is longer than {MAX_BYTES} bytes");
    }
    Ok(text)
}
