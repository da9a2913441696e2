//! Key pairs that the test generates.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The asymmetric algorithms that the service signs with.
pub const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];

/// A key pair that can sign.
pub enum Key {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub fn generate(algorithm: &str) -> Self {
        match algorithm {
            "EdDSA" => Self::Ed25519(Ed25519KeyPair::generate().expect("a key")),
            "ES256" => {
                Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
            }
            "RS256" => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")),
            other => panic!("no keys are made for {other}"),
        }
    }

    /// The private key in the form that `JWT_SECRET_KEY` takes.
    pub fn private_pem(&self) -> String {
        let der = match self {
            Self::Ed25519(key) => key.to_pkcs8v1().expect("PKCS#8").as_ref().to_vec(),
            Self::P256(key) => key.to_pkcs8v1().expect("PKCS#8").as_ref().to_vec(),
            Self::Rsa(key) => {
                let der: Pkcs8V1Der<'_> = key.as_der().expect("PKCS#8");
                der.as_ref().to_vec()
            }
        };
        pem("PRIVATE KEY", &der)
    }

    /// The public key as SubjectPublicKeyInfo.
    pub fn public_der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Ed25519(key) => key.public_key().as_der(),
            Self::P256(key) => key.public_key().as_der(),
            Self::Rsa(key) => key.public_key().as_der(),
        }
        .expect("a public key");
        der.as_ref().to_vec()
    }

    /// The bare public key: a curve point, or PKCS#1 for RSA.
    pub fn public_bare(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.public_key().as_ref().to_vec(),
            Self::P256(key) => key.public_key().as_ref().to_vec(),
            Self::Rsa(key) => key.public_key().as_ref().to_vec(),
        }
    }

    pub fn sign(&self, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ed25519(key) => key.sign(input).as_ref().to_vec(),
            Self::P256(key) => key.sign(&random, input).expect("signs").as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature)
                    .expect("signs");
                signature
            }
        }
    }
}

/// DER encoded as PEM, in lines of 64 characters.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("base64"))
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}
