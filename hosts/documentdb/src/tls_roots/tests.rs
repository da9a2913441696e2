use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::*;

const YEAR: Duration = Duration::from_secs(366 * 86_400);

/// The page that states the checksum of the bundle.
const CHECKSUM: &str = include_str!("../../roots/README.md");

fn refusal(content: Option<&[u8]>) -> TrustError {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bundle.pem");
    if let Some(content) = content {
        std::fs::write(&path, content).unwrap();
    }
    let start = Instant::now();
    let refused = Roots::of_file(&path).err().expect("a refusal");
    assert!(start.elapsed() < Duration::from_millis(100), "{refused}");
    refused
}

#[test]
fn a_bundle_that_vouches_for_nobody_is_refused_at_once_and_the_reason_is_named() {
    let expired = include_bytes!("expired.pem");
    for (content, expected) in [
        (None, "cannot be read"),
        (Some(&b""[..]), "is empty"),
        (Some(b" \n\n"), "is empty"),
        (
            Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "no certificate",
        ),
        (Some(b"<html>404</html>"), "no certificate"),
        (Some(b"\xff\xfe\x00"), "no certificate"),
        (Some(&expired[..]), "all 1 certificates"),
    ] {
        let sentence = refusal(content).to_string();
        assert!(sentence.contains(expected), "{sentence}");
    }
}

#[test]
fn a_directory_is_no_bundle() {
    let directory = tempfile::tempdir().unwrap();
    let refused = Roots::of_file(directory.path()).err().unwrap();
    assert!(matches!(refused, TrustError::Missing(..)), "{refused}");
}

#[test]
fn what_is_good_in_a_bundle_counts() {
    let mixed = [
        include_bytes!("expired.pem"),
        AMAZON,
        b"-----BEGIN CERTIFICATE-----\n",
    ]
    .concat();
    let count = tally(&mixed, SystemTime::now());
    assert_eq!((count.valid, count.expired), (81, 1));
}

#[test]
fn the_roots_of_amazon_are_those_that_the_page_describes() {
    let digest = Sha256::digest(AMAZON);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(CHECKSUM.contains(&digest), "SHA-256 {digest}");
}

#[test]
fn each_region_has_a_root_for_longer_than_a_year() {
    let in_a_year = SystemTime::now() + YEAR;
    assert_eq!(
        tally(AMAZON, in_a_year),
        Count {
            valid: 81,
            expired: 0,
            unreadable: 0
        }
    );
    let text = std::str::from_utf8(AMAZON).unwrap();
    for region in [
        "us-east-1",
        "us-west-2",
        "eu-west-1",
        "eu-central-1",
        "ap-northeast-1",
    ] {
        for kind in ["RSA2048", "RSA4096", "ECC384"] {
            let name = format!("# Amazon RDS {region} Root CA {kind} G1, until ");
            assert!(text.contains(&name), "{name}");
        }
    }
}

#[test]
fn a_file_that_was_made_goes_with_its_roots() {
    let roots = Roots::of_amazon().unwrap();
    let path = roots.path.clone();
    assert_eq!(std::fs::read(&path).unwrap(), AMAZON);
    drop(roots);
    assert!(!path.exists());
}
