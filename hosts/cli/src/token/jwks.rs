//! Reads the public keys that a token is checked with, from a file or a URL.

use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::Uri;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// The most bytes of a key set, enough for hundreds of keys.
const MAX_BYTES: u64 = 64 << 10;
/// The time limit of name look-up, connection and answer together.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The text of the key set (RFC 7517 §5), read from a file or an `http` or `https` URL.
///
/// # Errors
/// When it cannot be read, is too large, or would come from another machine without TLS.
pub fn read(source: &str) -> Result<String> {
    let text = match source.parse::<Uri>() {
        Ok(url) if url.scheme().is_some() => fetch(&url),
        _ => File::open(source)
            .context("cannot read the file")
            .and_then(read_bounded),
    };
    text.with_context(|| format!("no keys from `{source}`"))
}

fn fetch(url: &Uri) -> Result<String> {
    let local = is_loopback(url.host().unwrap_or_default());
    match url.scheme_str() {
        Some("https") => {}
        Some("http") if local => {}
        Some("http") => bail!("http is for this machine alone: use https"),
        _ => bail!("the URL is neither https nor http"),
    }
    let mut answer = agent(local).get(url).call()?;
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

fn is_loopback(host: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request with `answer`. Returns the URL for that request.
    fn serve_once(answer: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let head = BufReader::new(stream.try_clone().unwrap()).lines();
            head.map_while(Result::ok).find(String::is_empty).unwrap();
            // The client may close the connection before it has read the whole answer.
            let _ = stream.write_all(answer.as_bytes());
        });
        url
    }

    fn refusal(source: &str) -> String {
        format!("{:#}", read(source).expect_err("a refusal"))
    }

    #[test]
    fn reads_a_file_and_a_url() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("jwks.json");
        std::fs::write(&file, r#"{"keys":[]}"#).unwrap();
        assert_eq!(read(file.to_str().unwrap()).unwrap(), r#"{"keys":[]}"#);
        let url = serve_once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_owned());
        assert_eq!(read(&url).unwrap(), "{}");
    }

    #[test]
    fn refuses_every_other_answer() {
        let long = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(70_000));
        for (answer, reason) in [
            (
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
                "is a redirect",
            ),
            (
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                "is 404",
            ),
            (long.as_str(), "longer than 65536 bytes"),
        ] {
            let refusal = refusal(&serve_once(answer.to_owned()));
            assert!(refusal.contains(reason), "{refusal}");
        }
    }

    #[test]
    fn leaves_this_machine_with_tls_alone() {
        for (source, reason) in [
            (
                "http://auth.example.com/jwks.json",
                "http is for this machine alone: use https",
            ),
            (
                "ftp://auth.example.com/jwks.json",
                "the URL is neither https nor http",
            ),
            ("/no/such/jwks.json", "cannot read the file"),
        ] {
            let refusal = refusal(source);
            let sentence = format!("no keys from `{source}`: {reason}");
            assert!(refusal.starts_with(&sentence), "{refusal}");
        }
    }

    #[test]
    fn knows_this_machine() {
        for (host, local) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("[::1]", true),
            ("192.0.2.1", false),
            ("localhost.example.com", false),
        ] {
            assert_eq!(is_loopback(host), local, "{host}");
        }
    }
}
