//! Checks how the store treats certificates, with a server that answers only the TLS handshake.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use auth_documentdb::{ConnectionSettings, DocumentDbStore};
use auth_runtime::{AdapterError, SecretText, deadline};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use time::{Duration as Days, OffsetDateTime};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The host name in the server's certificate, and for how many days the certificate is valid.
struct Server {
    name: &'static str,
    days: i64,
}

/// Starts a server. It sends a message for each client that accepts its certificate.
async fn serve(server: Server, authority: &Authority) -> (u16, mpsc::UnboundedReceiver<()>) {
    let mut params = CertificateParams::new([server.name.to_owned()]).unwrap();
    params.not_before = OffsetDateTime::now_utc() - Days::days(30);
    params.not_after = OffsetDateTime::now_utc() + Days::days(server.days);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if acceptor.accept(stream).await.is_ok() {
                let _ = sender.send(());
            }
        }
    });
    (port, receiver)
}

/// The error of a store that trusts this authority, when it is asked whether the database answers.
async fn ask(port: u16, authority: &Authority) -> String {
    let mut bundle = NamedTempFile::new().unwrap();
    bundle.write_all(authority.pem().as_bytes()).unwrap();
    let uri = SecretText::new(format!("mongodb://127.0.0.1:{port}/"));
    let mut settings = ConnectionSettings::new(uri);
    settings.ca_file = Some(bundle.path().to_owned());
    let store = DocumentDbStore::open(&settings, None).await.unwrap();
    let by = Instant::now() + Duration::from_millis(1500);
    let answer = deadline::within(by, store.ping()).await;
    assert!(Instant::now() < by, "the deadline holds");
    match answer {
        Err(AdapterError::Unavailable { cause, .. }) => format!("{cause:#}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_of_the_right_authority_is_taken() {
    let authority = authority();
    let server = Server {
        name: "127.0.0.1",
        days: 1,
    };
    let (port, mut taken) = serve(server, &authority).await;
    let cause = ask(port, &authority).await;
    assert!(!cause.contains("certificate"), "{cause}");
    assert!(taken.try_recv().is_ok());
}

#[tokio::test]
async fn a_certificate_that_is_refused_is_named_in_the_cause() {
    let (own, other) = (authority(), authority());
    for (name, days, signer, expected) in [
        ("127.0.0.1", 1, &other, "no trusted authority signed it"),
        ("127.0.0.1", -1, &own, "it has expired"),
        ("db.example.com", 1, &own, "it is for another host name"),
    ] {
        let (port, mut taken) = serve(Server { name, days }, signer).await;
        let cause = ask(port, &own).await;
        assert!(cause.contains("its certificate is refused"), "{cause}");
        assert!(cause.contains(expected), "{cause}");
        assert!(taken.try_recv().is_err(), "{expected}");
    }
}
