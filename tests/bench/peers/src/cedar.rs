//! Cedar: one policy for each permission of a role; the user is a member of the role.

use std::fmt::Write;

use anyhow::{Result, anyhow};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
};

use crate::task::{Decide, Task};

pub fn engine(task: &Task) -> Result<Decide> {
    let mut text = String::new();
    for (role, permissions) in &task.roles {
        for (resource, action) in permissions.iter().filter_map(|it| it.split_once(':')) {
            writeln!(
                text,
                "permit(principal in Role::\"{role}\", action == Action::\"{action}\", resource == Resource::\"{resource}\");"
            )?;
        }
    }
    let policies: PolicySet = text.parse()?;
    let users = task.roles.keys().map(|role| {
        let parents = [uid("Role", role)?].into_iter().collect();
        Ok(Entity::new_no_attrs(uid("User", role)?, parents))
    });
    let entities = Entities::from_entities(users.collect::<Result<Vec<_>>>()?, None)?;
    let requests = task.questions.iter().map(|question| {
        let principal = uid("User", &question.role)?;
        let (action, resource) = (
            uid("Action", &question.action)?,
            uid("Resource", &question.resource)?,
        );
        Ok(Request::new(
            principal,
            action,
            resource,
            Context::empty(),
            None,
        )?)
    });
    let requests = requests.collect::<Result<Vec<_>>>()?;
    let authorizer = Authorizer::new();
    Ok(Box::new(move |number| {
        let answer = authorizer.is_authorized(&requests[number], &policies, &entities);
        Ok(answer.decision() == Decision::Allow)
    }))
}

fn uid(kind: &str, id: &str) -> Result<EntityUid> {
    format!("{kind}::\"{id}\"")
        .parse()
        .map_err(|error| anyhow!("{error}"))
}
