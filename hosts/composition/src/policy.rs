//! Reads the operator's policy and has the component compile it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use auth_rules::policy_file::compile_routes;
use auth_rules::route_map::RouteMap;
use auth_runtime::{CompiledPolicy, Engine, PolicyDiagnostic};

/// What is wrong at a place of a policy.
struct Fault {
    line: u32,
    column: u32,
    path: String,
    reason: String,
}

/// Compiles the policy file. Without a file it compiles an empty policy, in which every default
/// holds.
///
/// # Errors
/// When the file cannot be read, or cannot be compiled. Then the error has every diagnostic as
/// `file:line:column: path: reason`.
pub fn compile(engine: &Engine, file: Option<&Path>) -> Result<CompiledPolicy> {
    compile_with_routes(engine, file).map(|(policy, _)| policy)
}

/// Compiles the policy file together with its route map, for a host that has requests.
///
/// # Errors
/// As [`compile`], which refuses a faulty route map as well.
pub fn compile_with_routes(
    engine: &Engine,
    file: Option<&Path>,
) -> Result<(CompiledPolicy, RouteMap)> {
    let Some(file) = file else {
        return compile_text(engine, "", Path::new("default policy"));
    };
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the policy `{}`", file.display()))?;
    compile_text(engine, &text, file)
}

fn compile_text(engine: &Engine, text: &str, file: &Path) -> Result<(CompiledPolicy, RouteMap)> {
    let compiled = engine.compile_policy(text).map_err(|error| error.cause)?;
    match (compiled, compile_routes(text)) {
        (Ok(policy), Ok(routes)) => Ok((policy, routes)),
        (policy, routes) => {
            let of_policy = policy.err().unwrap_or_default();
            let of_routes = routes.err().unwrap_or_default();
            let of_routes = of_routes.into_iter().map(|diagnostic| Fault {
                line: diagnostic.start.line,
                column: diagnostic.start.column,
                path: diagnostic.path,
                reason: diagnostic.reason,
            });
            let mut faults: Vec<_> = of_policy.into_iter().map(Fault::from).collect();
            // A text that is no TOML is none for the routes either.
            if faults.iter().all(|fault| !fault.path.is_empty()) {
                faults.extend(of_routes);
            }
            faults.sort_by_key(|fault| (fault.line, fault.column));
            Err(anyhow::Error::msg(describe(&faults, file)))
        }
    }
}

impl From<PolicyDiagnostic> for Fault {
    fn from(diagnostic: PolicyDiagnostic) -> Self {
        Self {
            line: diagnostic.start.line,
            column: diagnostic.start.column,
            path: diagnostic.path,
            reason: diagnostic.reason,
        }
    }
}

fn describe(diagnostics: &[Fault], file: &Path) -> String {
    let number = match diagnostics.len() {
        1 => "one error".to_owned(),
        number => format!("{number} errors"),
    };
    let mut text = format!("the policy has {number}");
    for Fault {
        line,
        column,
        path,
        reason,
    } in diagnostics
    {
        let _ = write!(text, "\n{}:{line}:{column}: ", file.display());
        if !path.is_empty() {
            let _ = write!(text, "{path}: ");
        }
        text.push_str(reason);
    }
    text
}

#[cfg(test)]
mod tests {
    use auth_runtime::Allocation;

    use super::*;

    #[test]
    fn diagnostics_are_named_by_their_place() {
        let engine = Engine::load(Allocation::OnDemand).unwrap();
        let compile = |text| compile_text(&engine, text, Path::new("a/countersign.toml"));
        for (text, sentence) in [
            (
                "[[routes]]\npath = 'a'\naccess = 'token'\n[roles.admin]\ninherits = ['b']\n[roles.user]",
                "the policy has 2 errors\n\
                 a/countersign.toml:2:8: routes[0].path: `a` must begin with `/`\n\
                 a/countersign.toml:5:13: roles.admin.inherits: there is no role `b`",
            ),
            (
                "a",
                "the policy has one error\na/countersign.toml:1:2: key with no value, expected `=`",
            ),
        ] {
            let error = compile(text).map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), sentence);
        }
        let (_, routes) = compile("[[routes]]\npath = '/a'\naccess = 'token'").unwrap();
        assert_eq!(routes.routes().len(), 1);
    }
}
