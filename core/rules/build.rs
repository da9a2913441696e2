//! Stores the list of common passwords as digests, which makes it less than half as large.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use sha2::{Digest, Sha256};

const LIST: &str = "src/password/common.txt";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={LIST}");
    let list = fs::read_to_string(LIST)?;
    let digests: BTreeSet<u32> = list.lines().map(digest).collect();
    let mut last = 0;
    let mut bytes = Vec::new();
    for digest in digests {
        let [0, distance @ ..] = (digest - last).to_be_bytes() else {
            return Err("the list is too short for distances of three bytes".into());
        };
        bytes.extend(distance);
        last = digest;
    }
    let out = env::var_os("OUT_DIR").ok_or("cargo did not set `OUT_DIR`")?;
    Ok(fs::write(Path::new(&out).join("common.digests"), bytes)?)
}

fn digest(line: &str) -> u32 {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(line));
    u32::from_be_bytes([a, b, c, d])
}
