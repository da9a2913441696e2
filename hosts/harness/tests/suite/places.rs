use std::sync::atomic::{AtomicBool, AtomicUsize};

use auth_harness::{Kind, Options, Suite};

use super::{ENGINE, HEAD, POLICY, complaints, folder, run, run_with};

#[test]
fn carriage_returns_a_byte_order_mark_and_any_script_move_no_place() {
    let text = format!(
        "\u{feff}{HEAD}\"ö ü\" = {{ roles = [\"user\"] }}\n[[grid]]\ncells = '''\n ann\norders:read yes # größer\n'''\n[[value]]\nfield = \"email\"\naccept = [\"ü\"]\n"
    );
    for text in [text.clone(), text.replace('\n', "\r\n")] {
        let folder = folder(&[
            ("policy.toml", POLICY),
            (
                "ein Ordner/日本.cases.toml",
                &text.replace("policy.toml", "../policy.toml"),
            ),
        ]);
        let complaints = complaints(&run(folder.path()));
        let places: Vec<_> = complaints
            .iter()
            .map(|it| it.split(' ').next().unwrap())
            .collect();
        assert_eq!(places, ["10:13", "14:11"], "{complaints:?}");
    }
}

#[test]
fn filters_select_by_file_kind_and_name() {
    let cases = format!(
        "{HEAD}[[grid]]\ncells = '''\n ann bo\norders:read own yes\n'''\n[[token]]\nexpect = \"ok\"\n"
    );
    let folder = folder(&[
        ("policy.toml", POLICY),
        ("a.cases.toml", &cases),
        ("b.cases.toml", &cases),
    ]);
    let count = |filters: &[&str], kinds: &[Kind]| {
        let options = Options {
            filters: filters.iter().map(|it| (*it).to_owned()).collect(),
            kinds: kinds.to_vec(),
            ..Options::default()
        };
        run_with(&[folder.path().to_owned()], folder.path(), &options).passed()
    };
    assert_eq!(count(&[], &[]), 6);
    assert_eq!(count(&["as ann"], &[]), 2);
    assert_eq!(count(&["a.cases.toml"], &[Kind::Grid]), 2);
    assert_eq!(count(&["as bo", "b.cases.toml: token"], &[]), 3);
    assert_eq!(count(&["no such case"], &[]), 0);
}

#[test]
fn an_interrupted_run_names_what_it_did_not_run() {
    let cases = format!("{HEAD}[[token]]\nexpect = \"ok\"\n");
    let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let suite = Suite::load(&ENGINE, &[folder.path().to_owned()], folder.path(), None).unwrap();
    let report = suite
        .run(
            &Options::default(),
            &AtomicBool::new(true),
            &AtomicUsize::new(0),
        )
        .unwrap();
    assert_eq!(
        (report.passed(), report.failed(), report.not_run()),
        (0, 0, 1)
    );
}

#[test]
fn a_file_may_have_a_hundred_thousand_cases() {
    let rows: String = (0..50_000)
        .map(|row| format!("orders:a{row} - yes\n"))
        .collect();
    let cases = format!("{HEAD}[[grid]]\ncells = '''\n ann bo\n{rows}'''\n");
    let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let report = run(folder.path());
    assert_eq!((report.passed(), report.failed()), (100_000, 0));
}
