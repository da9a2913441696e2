//! Decisions beside other engines, on the same roles and questions in one run.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use auth_lints::{Compiled, Witness};
use auth_rules::rbac::{self, Permission};
use auth_runtime::{Allocation, Decision, Engine};
use serde_json::{Value, json};

use crate::process::resident_mib;
use crate::report::report;

const ROLES: usize = 1_000;
const PERMISSIONS: usize = 10;

/// How long each is measured at least, in seconds.
const SECONDS: f64 = 1.0;

/// A question to one role, and the right answer.
struct Question {
    role: String,
    permission: String,
    allowed: bool,
}

pub fn run() -> Result<()> {
    let (roles, questions) = (roles(), questions());
    let engine = Engine::load(Allocation::OnDemand).map_err(|error| error.cause)?;
    let before = resident_mib(std::process::id())?.0;
    let policy = Compiled::new(&engine, &text(&roles))?.context("the policy was refused")?;
    let mut witness = policy.witness(&engine)?;
    let mib = resident_mib(std::process::id())?.0 - before;
    let component = micros(&questions, |question| component(&mut witness, question))?;
    let native = micros(&questions, |question| native(&policy, question))?;
    let shown = |micros: f64, kib: Option<f64>| {
        let memory = kib.map_or(String::new(), |kib| format!(", {kib:.0} KiB"));
        format!("{micros:.2} µs = {:.2}x{memory}", micros / component)
    };
    report(
        "a decision, in the component",
        &shown(component, Some(mib * 1024.0)),
        "",
    );
    report("the same rules, natively", &shown(native, None), "");
    let Ok(peers) = std::env::var("COUNTERSIGN_BENCH_PEERS") else {
        return Ok(());
    };
    for (name, measured) in peers_of(&peers, &roles, &questions)? {
        let number = |key: &str| measured[key].as_f64().context("a number");
        report(
            &format!("  {name}"),
            &shown(number("micros")?, Some(number("kib")?)),
            "",
        );
    }
    Ok(())
}

type Roles = BTreeMap<String, Vec<String>>;

/// What the other engines take, by name.
fn peers_of(
    binary: &str,
    roles: &Roles,
    questions: &[Question],
) -> Result<serde_json::Map<String, Value>> {
    let asked = questions.iter().filter_map(|question| {
        let (resource, action) = question.permission.split_once(':')?;
        Some(json!({ "role": question.role, "resource": resource, "action": action, "allowed": question.allowed }))
    });
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("questions.json");
    fs::write(
        &path,
        json!({ "roles": roles, "questions": asked.collect::<Value>() }).to_string(),
    )?;
    let output = Command::new(binary)
        .arg(&path)
        .output()
        .context(binary.to_owned())?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn component(witness: &mut Witness, question: &Question) -> Result<bool> {
    let roles = [question.role.clone()];
    let decision = witness.decide(&roles, &question.permission, false);
    Ok(matches!(
        decision.map_err(|error| error.cause)?,
        Some(Decision::Allowed(_))
    ))
}

fn native(policy: &Compiled, question: &Question) -> Result<bool> {
    let role = policy.role(&question.role).context("a role")?;
    let permission = Permission::parse(&question.permission)
        .ok()
        .context("a permission")?;
    let asked = rbac::Question {
        subject: "",
        permission: &permission,
        owner: None,
    };
    let decision = rbac::decide(std::slice::from_ref(role), &asked);
    Ok(matches!(decision, rbac::Decision::Allowed(_)))
}

/// The time of a decision in microseconds, after each was compared with the right answer.
fn micros(
    questions: &[Question],
    mut decide: impl FnMut(&Question) -> Result<bool>,
) -> Result<f64> {
    for question in questions {
        let Question {
            role,
            permission,
            allowed,
        } = question;
        ensure!(decide(question)? == *allowed, "{permission} of {role}");
    }
    let (begin, mut decisions) = (Instant::now(), 0_u64);
    while begin.elapsed().as_secs_f64() < SECONDS {
        for question in questions {
            decide(question)?;
            decisions += 1;
        }
    }
    Ok(begin.elapsed().as_secs_f64() * 1e6 / decisions as f64)
}

fn roles() -> Roles {
    let permissions =
        |role| (0..PERMISSIONS).map(move |action| format!("area-{role}:act-{action}"));
    (0..ROLES)
        .map(|role| (format!("team-{role}"), permissions(role).collect()))
        .collect()
}

/// Of every second role one permission that it has, and one that another role has.
fn questions() -> Vec<Question> {
    let question = |role: usize, of: usize| Question {
        role: format!("team-{role}"),
        permission: format!("area-{of}:act-{}", role % PERMISSIONS),
        allowed: role == of,
    };
    (0..ROLES)
        .step_by(2)
        .flat_map(|role| [question(role, role), question(role, (role + 1) % ROLES)])
        .collect()
}

fn text(roles: &Roles) -> String {
    let tables = roles
        .iter()
        .map(|(role, permissions)| format!("[roles.{role}]\nallow = {permissions:?}\n"));
    let defaults = "[roles.admin]\nallow = [\"*:*\"]\n[roles.user]\n".to_owned();
    [defaults].into_iter().chain(tables).collect()
}
