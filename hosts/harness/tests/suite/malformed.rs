use std::path::PathBuf;

use auth_harness::{LoadError, Suite};

use super::{ENGINE, HEAD, POLICY, complaints, folder, run, run_cases};

/// What is wrong with these cases, which stand below line 5.
fn of(cases: &str) -> Vec<String> {
    complaints(&run_cases(cases))
}

#[test]
fn each_fault_is_named_with_its_place() {
    for (cases, expected) in [
        (
            "[[grdi]]\n",
            &["6:3 file: unknown key `grdi`; did you mean `grid`?"][..],
        ),
        (
            "[[decision]]\nas = \"anna\"\nask = \"orders:read\"\nexpect = \"own\"\n",
            &["7:6 decision: unknown subject `anna`; did you mean `ann`?"],
        ),
        (
            "[[decision]]\nas = \"ann\"\nask = \"orders\"\nexpect = \"maybe\"\n",
            &[
                "8:7 decision: `orders` is no permission; write `resource:action` without wildcards",
                "9:10 decision: unknown answer `maybe`; known here: `yes`, `no`, `-`, `own`",
            ],
        ),
        (
            "[[decision]]\nas = \"ann\"\nask = \"orders:read\"\nexpect = \"own\"\nwhi = 1\n",
            &["10:1 decision: unknown key `whi`; did you mean `why`?"],
        ),
        (
            "[[decision]]\nas = \"ann\"\nask = 3\n",
            &[
                "6:1 decision: `expect` is missing",
                "8:7 decision: must be a string, not an integer",
            ],
        ),
        (
            "[[grid]]\ncells = '''\n ann bob\norders:read own yes\n'''\n",
            &["8:6 grid: unknown subject `bob`; did you mean `bo`?"],
        ),
        (
            "[[grid]]\ncells = '''\n ann bo\norders:read own\n'''\n",
            &[
                "7:9 grid: the grid asserts nothing",
                "9:1 grid: the row of `orders:read` has 1 cells for 2 subjects; `.` is a cell that is not asserted",
            ],
        ),
        (
            "[[grid]]\ncells = '''\n ann bo\norders:read maybe yes\n'''\n",
            &[
                "9:13 orders:read as ann: unknown cell `maybe`; known here: `yes`, `no`, `-`, `own`, `.`",
            ],
        ),
        (
            "[[grid]]\ncells = \"ann\"\n",
            &["7:9 grid: the cells must be a literal string: `cells = '''`"],
        ),
        (
            "[[story]]\nname = \"s\"\nsteps = [{ do = \"login\", as = \"ann\", expect = \"blocked\" }, { do = \"logon\", as = \"ann\" }]\n",
            &[
                "8:47 s: unknown outcome of `login` `blocked`; known here: `ok`, `invalid-credentials`, `throttled`, `account-disabled`, `replacement-required`, `initial-password-expired`, `not-initial`, `weak-password`, `busy`",
                "8:67 s: unknown verb `logon`; did you mean `login`?",
            ],
        ),
        (
            "[[story]]\nname = \"s\"\nsteps = [{ wait = \"5 minutes\" }]\n",
            &[
                "6:1 s: the story expects nothing; it has no step with `do`",
                "8:19 s: `5 minutes` is no span of time; write `90s`, `15m`, `2h`, `30d` or `1h30m`",
            ],
        ),
        (
            "[[story]]\nname = \"s\"\nsteps = [{ do = \"sessions\", as = \"ann\", wrong = true }]\n",
            &[
                "8:41 s: unknown key `wrong`; known here: `together`, `do`, `as`, `times`, `expect`, `retry`, `use`, `count`",
            ],
        ),
        (
            "[[token]]\nclaims = { sub = \"ann\" }\n",
            &["6:1 token: the token is verified at no time; state `expect` or `at`"],
        ),
        (
            "[[token]]\nexpect = \"expried\"\n",
            &["7:10 token: unknown outcome `expried`; did you mean `expired`?"],
        ),
        (
            "[[value]]\nfield = \"password\"\nrefuse = { short = [\"x\"] }\n",
            &[
                "6:1 value: no value is accepted or refused here",
                "8:12 value: unknown reason `short`; known here: `too-short`, `too-long`, `forbidden-character`, `common`, `guessable`, `unchanged`",
            ],
        ),
        (
            "[[never]]\nallow = \"users:delete\"\nexcept = [\"boss\"]\n",
            &["8:11 never: unknown role `boss`; known here: `admin`, `clerk`, `user`"],
        ),
    ] {
        assert_eq!(of(cases), expected, "{cases}");
    }
}

#[test]
fn a_malformed_case_fails_alone() {
    let report = run_cases(
        "[[grid]]\ncells = '''\n ann bo\norders:read own yes\nnonsense yes yes\norders:write huh -\n'''\n",
    );
    assert_eq!((report.passed(), report.failed()), (2, 3));
}

#[test]
fn cases_that_repeat_or_contradict_name_both_places() {
    let decision = |rest: &str| {
        let grid = "[[grid]]\ncells = '''\n ann\norders:read own\n'''\n";
        of(&format!(
            "{grid}[[decision]]\nas = \"ann\"\nask = \"orders:read\"\n{rest}\n"
        ))
    };
    for (rest, expected) in [
        ("expect = \"own\"", Some("repeats ")),
        ("expect = \"no\"", Some("contradicts ")),
        ("expect = \"own\"\nwhy = { role = \"user\" }", None),
    ] {
        let complaints = decision(rest);
        let Some(expected) = expected else {
            assert_eq!(complaints, [""; 0], "{rest}");
            continue;
        };
        let named = format!("11:1 orders:read as ann: {expected}");
        assert!(
            complaints[0].starts_with(&named) && complaints[0].ends_with("a.cases.toml:9:13"),
            "{complaints:?}"
        );
    }
}

#[test]
fn a_file_that_holds_nothing_fails() {
    for (text, expected) in [
        (
            "policy = \"policy.toml\"\n",
            "1:1 file: the file has no case",
        ),
        ("", "1:1 file: `policy` is missing"),
        (
            "policy = \"none.toml\"\n",
            "1:10 file: cannot read `none.toml`: No such file or directory (os error 2)",
        ),
        ("policy = [\n", "1:11 file: unclosed array, expected `]`"),
        (
            "policy = \"bad.toml\"\n",
            "1:10 file: the policy `bad.toml` is refused: ",
        ),
    ] {
        let folder = folder(&[
            ("policy.toml", POLICY),
            ("bad.toml", "[rules]\n"),
            ("a.cases.toml", text),
        ]);
        let complaints = complaints(&run(folder.path()));
        assert!(
            complaints[0].starts_with(expected),
            "{text}: {complaints:?}"
        );
        assert_eq!(complaints.len(), 1, "{text}");
    }
}

#[test]
fn what_cannot_be_read_or_holds_no_file_is_no_suite() {
    let folder = folder(&[("policy.toml", POLICY)]);
    std::fs::write(folder.path().join("b.cases.toml"), b"policy = \"\xff\"").unwrap();
    let load = |name: &str| {
        let paths = [folder.path().join(name)];
        Suite::load(&ENGINE, &paths, folder.path(), None)
            .err()
            .map(|error| error.to_string())
    };
    assert!(load("none").unwrap().contains("none"));
    assert!(
        load("b.cases.toml")
            .unwrap()
            .ends_with("it is not UTF-8 at byte 10")
    );
    std::fs::remove_file(folder.path().join("b.cases.toml")).unwrap();
    let nothing = Suite::load(
        &ENGINE,
        &[PathBuf::from(folder.path())],
        folder.path(),
        None,
    );
    assert!(matches!(nothing, Err(LoadError::NoFile)));
}

#[cfg(unix)]
#[test]
fn a_link_among_the_case_files_leads_to_none_outside() {
    let outside = folder(&[("secret", "k = 1\n")]);
    let folder = folder(&[("policy.toml", POLICY)]);
    let link = folder.path().join("a.cases.toml");
    std::os::unix::fs::symlink(outside.path().join("secret"), &link).unwrap();
    let load = |path: &std::path::Path| {
        let paths = [path.to_owned()];
        let loaded = Suite::load(&ENGINE, &paths, folder.path(), None);
        loaded.err().map(|error| error.to_string())
    };
    assert!(
        load(folder.path())
            .unwrap()
            .contains("leads out of the folder")
    );
    // Whoever names the file means it.
    assert_eq!(load(&link), None);
}

#[test]
fn includes_stay_in_the_root_and_go_in_no_circle() {
    let case = "\n[[decision]]\nas = \"ann\"\nask = \"orders:read\"\nexpect = \"own\"\n";
    let head = |include: &str| format!("policy = \"policy.toml\"\ninclude = [\"{include}\"]{case}");
    let outside = folder(&[("people.toml", "[subjects]\n")]);
    let outside = outside.path().join("people.toml");
    for (include, expected) in [
        ("people.toml", None),
        ("sub/again.toml", None),
        (
            outside.to_str().unwrap(),
            Some("lies outside of the folder of the tests, which --root names"),
        ),
        ("../people.toml", Some("cannot read `../people.toml`")),
        ("link.toml", Some("lies outside")),
        ("sub", Some("it is no regular file")),
        ("a.toml", Some("includes itself")),
        (
            "odd.toml",
            Some("unknown key `subject`; did you mean `subjects`?"),
        ),
    ] {
        let text = head(include);
        let folder = folder(&[
            ("policy.toml", POLICY),
            ("people.toml", "[subjects]\nann = { roles = [\"user\"] }\n"),
            (
                "sub/again.toml",
                "include = [\"../people.toml\", \"../people.toml\"]\n",
            ),
            ("a.toml", "include = [\"b.toml\", \"people.toml\"]\n"),
            ("b.toml", "include = [\"a.toml\"]\n"),
            ("odd.toml", "include = \"people.toml\"\n[subject]\n"),
            ("t.cases.toml", &text),
        ]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, folder.path().join("link.toml")).unwrap();
        let complaints = complaints(&run(folder.path()));
        match expected {
            None => assert_eq!(complaints, [""; 0], "{include}"),
            Some(expected) => assert!(
                complaints.iter().any(|it| it.contains(expected)),
                "{include}: {complaints:?}"
            ),
        }
    }
}

#[test]
fn parameters_and_rows_make_cases_and_a_bad_row_fails_alone() {
    let decision = |head: &str| {
        format!(
            "{HEAD}[[decision]]\n{head}as = \"{{who}}\"\nask = \"{{what}}\"\nexpect = \"{{answer}}\"\n"
        )
    };
    let each = decision(
        "each = [{ who = \"ann\", what = \"orders:read\", answer = \"own\" }, { who = \"bo\", what = \"orders:read\", answer = \"no\" }]\n",
    );
    let rows = decision("rows = \"rows.csv\"\n");
    let lines = decision("rows = \"rows.jsonl\"\n");
    let folder = folder(&[
        ("policy.toml", POLICY),
        ("a.cases.toml", &each),
        ("b.cases.toml", &rows),
        ("c.cases.toml", &lines),
        (
            "rows.csv",
            "who,what,answer\r\nann,orders:read,own\r\nbo,orders:read\r\nada, users:read ,yes\r\n",
        ),
        (
            "rows.jsonl",
            "{\"who\":\"ann\",\"what\":\"orders:read\",\"answer\":\"own\"}\n{\"who\":1}\n",
        ),
    ]);
    let report = run(folder.path());
    assert_eq!(
        complaints(&report),
        [
            "7:64 orders:read as bo [2]: expected no: a rule denies it, actual yes: a rule allows it; allow orders:* of the role clerk",
            "3:1 row 2: the row has 2 cells for 3 names",
            "9:7 decision [2]: unknown parameter `what`; known here: `who`",
            "10:10 decision [2]: unknown parameter `answer`; known here: `who`",
        ]
    );
    assert_eq!(report.passed(), 4);
}
