//! What is doubtful about case files.

use auth_harness::lint;

use super::{ENGINE, HEAD, POLICY, folder};

/// The ids of the findings in these cases, each with its line, its column and a part of its reason.
const CASES: &[(&str, &[(&str, &str)])] = &[
    (
        "[[grid]]\ncells = '''\n ann bo ada\norders:read own yes yes\n'''\n",
        &[],
    ),
    // Only a subject that no case uses.
    (
        "[[grid]]\ncells = '''\n ann bo\norders:read own yes\n'''\n",
        &[("CS402 5:1", "no case uses the subject `ada`")],
    ),
    // An actor of a story is used, and one who is only created.
    (
        "[[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ann' }, { do = 'create', on = 'bo', by = 'ada' }]\n",
        &[],
    ),
    (
        "[[grid]]\ncells = '''\n ann bo ada\norders:read own yes yes\n'''\n\
         [[decision]]\nas = 'bo'\nask = 'orders:read'\nexpect = 'no'\n",
        &[("CS403 11:1", "contradicts ")],
    ),
    (
        "[[story]]\nname = 's'\nsteps = [{ wait = '5m' }]\n",
        &[("CS404 6:1", "the story expects nothing")],
    ),
    (
        "[[grid]]\ncells = '''\n ann bo ada\nstock:read - - .\n'''\n[[never]]\nallow = 'a:b'\nexcept = 'admin'\n\
         [[story]]\nname = 's'\nsteps = [{ do = 'login', as = 'ada' }]\n",
        &[("CS405 9:12", "no role has a rule")],
    ),
    // Cases about other things than permissions need no rule.
    (
        "[[token]]\nexpect = 'ok'\n[[story]]\nname = 's'\nsteps = [{ do = 'login', as = ['ann'] }]\n",
        &[("CS407 10:31", "must be a string")],
    ),
    (
        "[[decision]]\nas = 'ann'\nask = 'orders:read'\nexpect = 'own'\nwhi = 1\n",
        &[("CS407 10:1", "unknown key `whi`")],
    ),
];

#[test]
fn each_lint_is_found_where_it_is_and_nowhere_else() {
    for (cases, expected) in CASES {
        let text = format!("{HEAD}{cases}");
        let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &text)]);
        let found = lint(&ENGINE, &[folder.path().to_owned()], folder.path()).expect("findings");
        let places: Vec<_> = found
            .iter()
            .map(|finding| {
                let start = finding.span.start();
                format!("{} {}:{}", finding.lint.id(), start.line, start.column)
            })
            .collect();
        let reasons = found.iter().map(|finding| &finding.reason);
        assert_eq!(
            places,
            expected.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
            "{cases}"
        );
        for (reason, (_, part)) in reasons.zip(*expected) {
            assert!(reason.contains(part), "{reason}");
        }
    }
}
