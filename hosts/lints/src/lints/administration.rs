//! Rules about the permissions that Countersign itself asks for.

use auth_rules::rbac::{Effect, OWN_PERMISSIONS, Pattern, Permission, Role, covers};

use crate::catalogue::{
    ENDS_INSIDE_A_WORD, GRANTS_NOTHING, NO_SUCH_BUILT_IN, OWN_ACCOUNT, SETUP_CANNOT_GRANT,
    WILDCARD_ADMINISTERS,
};
use crate::document::{StatedRole, StatedRule};
use crate::finding::{Draft, Expected};
use crate::pattern_index::parts;
use crate::subject::{Drafts, Subject, allows, nearest, path_of};

pub(crate) fn find(subject: &Subject<'_>, drafts: &mut Drafts) {
    let setup = subject.role(&subject.settings.setup.role);
    for (stated, role) in subject.stated() {
        for rule in &stated.rules {
            drafts.extend(own_account(stated, rule));
            drafts.extend(no_such_built_in(stated, rule));
            if setup.is_none_or(|setup| !is_or_inherits(setup, role)) {
                drafts.extend(wildcard_administers(stated, rule, role));
            }
        }
        drafts.extend(grants_nothing(subject, stated, role));
    }
    drafts.extend(setup.and_then(|setup| setup_cannot_grant(subject, setup)));
    ends_inside_a_word(subject, drafts);
}

fn is_or_inherits(role: &Role, other: &Role) -> bool {
    role.name == other.name || role.rules.iter().any(|rule| rule.via.contains(&other.name))
}

/// The permissions of Countersign that a pattern matches.
fn built_in(pattern: &str) -> impl Iterator<Item = &'static str> {
    let pattern = Pattern::parse(pattern).ok();
    OWN_PERMISSIONS.into_iter().filter(move |name| {
        let permission = Permission::parse(name);
        pattern.is_some_and(|pattern| permission.is_ok_and(|name| pattern.matches(&name)))
    })
}

/// CS208
fn own_account(stated: &StatedRole<'_>, rule: &StatedRule<'_>) -> Option<Draft> {
    let pattern = rule.permission.value;
    let (resource, _) = parts(pattern);
    // A pattern for all resources is meant for those of the application.
    if !rule.own || resource.stem.is_empty() {
        return None;
    }
    let permission = built_in(pattern).next()?;
    let message = format!("`allow_own` never gives `{permission}`: no account owns another");
    let span = rule.permission.span.clone();
    let draft = Draft::new(&OWN_ACCOUNT, span, path_of(stated, rule), message);
    Some(draft.help("users need no permission for their own account: remove it"))
}

/// CS209
fn no_such_built_in(stated: &StatedRole<'_>, rule: &StatedRule<'_>) -> Option<Draft> {
    let pattern = rule.permission.value;
    if built_in(pattern).next().is_some() || pattern.ends_with('*') {
        return None;
    }
    let near = nearest(pattern, OWN_PERMISSIONS)?;
    let message = format!("Countersign asks for no permission `{pattern}`");
    let span = rule.permission.span.clone();
    let draft = Draft::new(&NO_SUCH_BUILT_IN, span, path_of(stated, rule), message);
    Some(draft.help(format!("did you mean `{near}`?")))
}

/// CS210
fn wildcard_administers(
    stated: &StatedRole<'_>,
    rule: &StatedRule<'_>,
    role: &Role,
) -> Option<Draft> {
    let pattern = rule.permission.value;
    let (resource, _) = parts(pattern);
    if rule.own || rule.effect == Effect::Deny || !resource.open {
        return None;
    }
    let permission = built_in(pattern).find(|permission| allows(role, permission))?;
    let message = format!("`{pattern}` reaches the administration of accounts: `{permission}`");
    let span = rule.permission.span.clone();
    let draft = Draft::new(&WILDCARD_ADMINISTERS, span, path_of(stated, rule), message).claim(
        &[&role.name],
        permission.to_owned(),
        false,
        Expected::Allowed,
    );
    Some(draft.help("name the resources, or deny `users:*`, `roles:*` and `sessions:*`"))
}

/// CS212
fn setup_cannot_grant(subject: &Subject<'_>, setup: &Role) -> Option<Draft> {
    if allows(setup, "roles:grant") {
        return None;
    }
    let message = format!(
        "the first administrator gets `{}`, which may not grant roles",
        setup.name
    );
    let span = subject.setting(&["setup.role"]);
    let draft = Draft::new(&SETUP_CANNOT_GRANT, span, "setup.role".to_owned(), message);
    let permission = "roles:grant".to_owned();
    Some(draft.claim(&[&setup.name], permission, false, Expected::NotAllowed))
}

/// CS213
fn grants_nothing(subject: &Subject<'_>, stated: &StatedRole<'_>, role: &Role) -> Option<Draft> {
    let mut others = subject
        .roles
        .iter()
        .filter(|other| other.name != role.name)
        .peekable();
    others.peek()?;
    let own = std::slice::from_ref(role);
    if !allows(role, "roles:grant") || others.any(|other| covers(own, std::slice::from_ref(other)))
    {
        return None;
    }
    let message = format!(
        "`{}` may grant roles, but has the rights of no other role",
        role.name
    );
    let path = format!("roles.{}", role.name);
    let draft = Draft::new(&GRANTS_NOTHING, stated.name.span.clone(), path, message);
    let permission = "roles:grant".to_owned();
    Some(draft.claim(&[&role.name], permission, false, Expected::Allowed))
}

/// CS216
fn ends_inside_a_word(subject: &Subject<'_>, drafts: &mut Drafts) {
    let is_cut = |stem: &str| stem.ends_with(|c: char| c.is_ascii_alphanumeric());
    let names = |choose: fn(&str) -> &str| {
        let all = subject.document.roles.iter().flat_map(|role| &role.rules);
        let names = all.map(move |rule| choose(rule.permission.value));
        let mut names: Vec<_> = names.filter(|name| !name.ends_with('*')).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let choices: [fn(&str) -> &str; 2] = [
        |pattern| pattern.split_once(':').map_or("", |(resource, _)| resource),
        |pattern| pattern.split_once(':').map_or("", |(_, action)| action),
    ];
    for choose in choices {
        let mut known = None;
        for stated in &subject.document.roles {
            for rule in &stated.rules {
                let part = choose(rule.permission.value);
                let Some(stem) = part.strip_suffix('*').filter(|stem| is_cut(stem)) else {
                    continue;
                };
                let known = known.get_or_insert_with(|| names(choose));
                let first = known.partition_point(|name| *name < stem);
                let begins = known
                    .iter()
                    .skip(first)
                    .take_while(|name| name.starts_with(stem));
                let goes_on = |name: &&&str| {
                    name.as_bytes()
                        .get(stem.len())
                        .is_some_and(u8::is_ascii_alphanumeric)
                };
                let words: Vec<_> = begins.filter(goes_on).take(2).collect();
                let [one, other] = words.as_slice() else {
                    continue;
                };
                let message = format!("`{part}` covers both `{one}` and `{other}`");
                let span = rule.permission.span.clone();
                let draft = Draft::new(&ENDS_INSIDE_A_WORD, span, path_of(stated, rule), message);
                drafts.push(draft.help("end it at a separator, or list the names"));
            }
        }
    }
}
