//! `judge-vectors FILE [gateway|authorizer]` gives every vector to the native runtime, or every token and
//! every decision without an owner to the gateway or the authorizer, and prints what differs, in the form
//! of `tests/vectors/judge.js`.

mod decisions;
mod door;
mod edge;
mod host;
mod vectors;

use std::io::{self, Write};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::decisions::Decisions;
use crate::door::Door;
use crate::edge::Edge;
use crate::host::Host;
use crate::vectors::{DecisionVector, Vectors};

/// The vectors whose verdict differs.
#[derive(Default)]
struct Differences(Vec<Value>);

impl Differences {
    fn compare(&mut self, name: &str, expected: &Value, actual: Value) {
        if *expected != actual {
            let difference = json!({ "name": name, "expected": expected, "actual": actual });
            self.0.push(difference);
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let file = env::args_os().nth(1).context("the file is missing")?;
    let vectors: Vectors = serde_json::from_slice(&fs::read(file)?)?;
    let mut differences = Differences::default();
    let decisions = match env::args().nth(2).as_deref() {
        None => judge_native(&vectors, &mut differences)?,
        Some("gateway") => judge_door(&vectors, Door::Gateway, &mut differences).await?,
        Some("authorizer") => judge_door(&vectors, Door::Authorizer, &mut differences).await?,
        Some(other) => bail!("no host `{other}`"),
    };
    let result = json!({
        "sha256": auth_artifact::SHA256,
        "tokens": vectors.tokens.len(),
        "decisions": decisions,
        "differences": differences.0,
    });
    Ok(writeln!(io::stdout(), "{result}")?)
}

/// Returns how many decisions were asked for.
fn judge_native(vectors: &Vectors, differences: &mut Differences) -> Result<usize> {
    let host = Host::new(vectors)?;
    for vector in &vectors.tokens {
        differences.compare(&vector.name, &vector.verdict, host.verify(vector)?);
    }
    for vector in &vectors.decisions {
        differences.compare(&name(vector), &vector.verdict, host.decide(vector)?);
    }
    Ok(vectors.decisions.len())
}

/// Returns how many decisions were asked for.
async fn judge_door(vectors: &Vectors, door: Door, differences: &mut Differences) -> Result<usize> {
    let mut edge = Edge::new(vectors, door);
    for vector in &vectors.tokens {
        let verdict = edge.verify(vector).await?;
        differences.compare(&vector.name, &vector.verdict, verdict);
    }
    let decisions = Decisions::new(vectors, door);
    let without_owner = vectors
        .decisions
        .iter()
        .filter(|vector| vector.owner.is_none());
    let mut asked = 0;
    for vector in without_owner {
        let decision = decisions.decide(vector).await?;
        differences.compare(&name(vector), &vector.verdict, decision);
        asked += 1;
    }
    Ok(asked)
}

fn name(vector: &DecisionVector) -> String {
    format!("{:?} {}", vector.roles, vector.permission)
}
