//! Casbin: its model of roles with resources, one line for each permission of a role.

use anyhow::Result;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use crate::task::{Decide, Task};

const MODEL: &str = "
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
";

pub fn engine(task: &Task) -> Result<Decide> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let lines = task.roles.iter().flat_map(|(role, permissions)| {
        let parts = permissions.iter().filter_map(|it| it.split_once(':'));
        parts.map(|(resource, action)| [role, resource, action].map(str::to_owned).to_vec())
    });
    let users = task.roles.keys().map(|role| vec![user(role), role.clone()]);
    let enforcer = runtime.block_on(async {
        let model = DefaultModel::from_str(MODEL).await?;
        let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
        enforcer.add_policies(lines.collect()).await?;
        enforcer.add_grouping_policies(users.collect()).await?;
        casbin::Result::Ok(enforcer)
    })?;
    let questions = task.questions.iter().map(|question| {
        (
            user(&question.role),
            question.resource.clone(),
            question.action.clone(),
        )
    });
    let questions: Vec<_> = questions.collect();
    Ok(Box::new(move |number| {
        let (user, resource, action) = &questions[number];
        Ok(enforcer.enforce((user.as_str(), resource.as_str(), action.as_str()))?)
    }))
}

fn user(role: &str) -> String {
    format!("user-{role}")
}
