//! Other engines on the decisions of the benchmark `policy`: reads roles and questions as JSON from the
//! file that is its argument, and prints for each engine what a decision takes.
//!
//! Each engine gets the roles in the form that its documentation shows for roles, and its requests ready
//! made, as a program would keep them.

mod casbin;
mod cedar;
mod rego;
mod task;

use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::task::{Decide, Task};

/// An engine: its name, and how it is made.
type Engine = (&'static str, fn(&Task) -> Result<Decide>);

const ENGINES: [Engine; 3] = [
    ("cedar-policy", cedar::engine),
    ("casbin", casbin::engine),
    ("regorus", rego::engine),
];

/// How long each engine is measured at least, in seconds.
const SECONDS: f64 = 1.0;

fn main() -> Result<()> {
    let path = env::args()
        .nth(1)
        .context("there is no file of questions")?;
    let task: Task = serde_json::from_str(&fs::read_to_string(path)?)?;
    let mut found = serde_json::Map::new();
    for (name, make) in ENGINES {
        let before = resident_kib()?;
        let mut decide = make(&task).context(name)?;
        let kib = resident_kib()?.saturating_sub(before);
        for (number, question) in task.questions.iter().enumerate() {
            let allowed = decide(number).context(name)?;
            ensure!(
                allowed == question.allowed,
                "{name} decides question {number} otherwise"
            );
        }
        let begin = Instant::now();
        let mut decisions = 0_u64;
        while begin.elapsed().as_secs_f64() < SECONDS {
            for number in 0..task.questions.len() {
                decide(number)?;
                decisions += 1;
            }
        }
        let micros = begin.elapsed().as_secs_f64() * 1e6 / decisions as f64;
        found.insert(name.to_owned(), json!({ "micros": micros, "kib": kib }));
    }
    println!("{}", serde_json::Value::Object(found));
    Ok(())
}

/// The resident memory of this process in KiB.
fn resident_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .context("no resident memory")?
        .trim()
        .trim_end_matches(" kB");
    Ok(kib.parse()?)
}
