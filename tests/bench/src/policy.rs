//! The tools for policies, on 10,000 roles: a check with all lints, and an exact comparison.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use auth_lints::{Compiled, check, compare};
use auth_rules::policy_file;
use auth_runtime::{Allocation, Engine};

use crate::report::report;

const ROLES: usize = 10_000;

/// How often each is measured; the quickest counts.
const RUNS: usize = 7;

pub fn run() -> Result<()> {
    let engine = Engine::load(Allocation::OnDemand).map_err(|error| error.cause)?;
    let text = policy("read");
    let bare = quickest(|| {
        black_box(policy_file::compile(&text))
            .is_ok()
            .then_some(())
            .ok_or_else(refused)
    })?;
    let checked = quickest(|| {
        ensure!(check(&engine, &text)?.is_empty(), "the policy has findings");
        Ok(())
    })?;
    let ratio = |time: Duration| time.as_secs_f64() / bare.as_secs_f64();
    let value = |time: Duration| {
        format!(
            "{:.0} ms = {:.1}x compiling natively",
            time.as_secs_f64() * 1e3,
            ratio(time)
        )
    };
    report(
        &format!("check of {ROLES} roles"),
        &value(checked),
        "at most 150 ms",
    );
    let other = policy("view");
    let compared = quickest(|| {
        let old = Compiled::new(&engine, &text)?.ok_or_else(refused)?;
        let new = Compiled::new(&engine, &other)?.ok_or_else(refused)?;
        let comparison = compare(&engine, &old, &new)?;
        ensure!(
            comparison.roles.len() == ROLES,
            "{} roles differ",
            comparison.roles.len()
        );
        Ok(())
    })?;
    report(
        "diff of two such that differ in each role",
        &value(compared),
        "at most 1 s",
    );
    Ok(())
}

fn refused() -> anyhow::Error {
    anyhow::anyhow!("the policy was refused")
}

fn quickest(mut run: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut quickest = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        quickest = quickest.min(start.elapsed());
    }
    Ok(quickest)
}

/// A policy in which each role allows this action and another one on a resource of its own.
fn policy(action: &str) -> String {
    let mut text = String::from("[roles.admin]\nallow = [\"*:*\"]\n[roles.user]\n");
    for role in 0..ROLES {
        let _ = write!(
            text,
            "[roles.team-{role}]\nallow = [\"area-{role}:{action}\", \"area-{role}:write\"]\n"
        );
    }
    text
}
