//! `judge-vectors FILE` gives every vector to the native runtime and prints what differs, in the form
//! of `tests/vectors/judge.js`.

mod host;
mod vectors;

use std::io::{self, Write};
use std::{env, fs};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::host::Host;
use crate::vectors::Vectors;

fn main() -> Result<()> {
    let file = env::args_os().nth(1).context("the file is missing")?;
    let vectors: Vectors = serde_json::from_slice(&fs::read(file)?)?;
    let host = Host::new(&vectors)?;
    let mut differences = Vec::new();
    let mut compare = |name: String, expected: &Value, actual: Value| {
        if *expected != actual {
            let difference = json!({ "name": name, "expected": expected, "actual": actual });
            differences.push(difference);
        }
    };
    for vector in &vectors.tokens {
        compare(vector.name.clone(), &vector.verdict, host.verify(vector)?);
    }
    for vector in &vectors.decisions {
        let name = format!("{:?} {}", vector.roles, vector.permission);
        compare(name, &vector.verdict, host.decide(vector)?);
    }
    let result = json!({
        "sha256": auth_artifact::SHA256,
        "tokens": vectors.tokens.len(),
        "decisions": vectors.decisions.len(),
        "differences": differences,
    });
    Ok(writeln!(io::stdout(), "{result}")?)
}
