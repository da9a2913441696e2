//! regorus: a rule of Rego over a document of roles.

use anyhow::Result;
use regorus::{Engine, Value};
use serde_json::json;

use crate::task::{Decide, Task};

const RULES: &str = "\
package authz
import rego.v1
default allow := false
allow if input.permission in data.roles[input.role]
";

pub fn engine(task: &Task) -> Result<Decide> {
    let mut engine = Engine::new();
    engine.add_policy("authz.rego".to_owned(), RULES.to_owned())?;
    let data = json!({ "roles": task.roles }).to_string();
    engine.add_data(Value::from_json_str(&data)?)?;
    let inputs = task.questions.iter().map(|question| {
        let permission = format!("{}:{}", question.resource, question.action);
        let input = json!({ "role": question.role, "permission": permission });
        Value::from_json_str(&input.to_string())
    });
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    Ok(Box::new(move |number| {
        engine.set_input(inputs[number].clone());
        Ok(engine.eval_rule("data.authz.allow".to_owned())? == Value::from(true))
    }))
}
