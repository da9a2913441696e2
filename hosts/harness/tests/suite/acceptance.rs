//! The answers that came, written into case files.

use std::fs;

use auth_harness::accept;

use super::{HEAD, POLICY, complaints, folder, run};

const CASES: &str = "\
[[grid]]
cells = '''
               ann  bo   ada
orders:read    -    yes  no   # who reads
orders:refund  own  -    yes
'''
[[decision]]
as = 'bo'
ask = 'orders:refund'
owner = 'bo'
expect = 'yes' # or not
[[decision]]
each = [{ role = 'clerk' }]
roles = '{role}'
ask = 'orders:read'
expect = 'no'
[[decision]]
roles = ['clerk']
ask = 'orders:read'
owner = 'x'
expect = 'yes'
why = { role = 'user' }
";

#[test]
fn answers_take_the_place_of_those_that_were_expected_and_all_else_stays() {
    let cases = format!("\u{feff}{HEAD}{CASES}").replace('\n', "\r\n");
    let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let path = folder.path().join("a.cases.toml");
    let accepted = accept(&run(folder.path())).expect("a file");
    assert_eq!(accepted, [(path.clone(), 5)]);
    let expected = cases
        .replace(
            "orders:read    -    yes  no ",
            "orders:read    own  yes  yes ",
        )
        .replace(
            "orders:refund  own  -    yes",
            "orders:refund  -    no   yes",
        )
        .replace("expect = 'yes' # or not", "expect = \"no\" # or not");
    assert_eq!(fs::read_to_string(&path).expect("text"), expected);
    // A parameter states what the one expects, and a rule what the other one does.
    assert_eq!(complaints(&run(folder.path())).len(), 2);
}

#[test]
fn a_file_that_was_changed_meanwhile_is_not_written() {
    let cases = format!("{HEAD}{CASES}");
    let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let report = run(folder.path());
    let path = folder.path().join("a.cases.toml");
    fs::write(&path, "mine").expect("a file");
    assert!(accept(&report).is_err_and(|error| error.to_string().contains("was changed")));
    assert_eq!(fs::read_to_string(&path).expect("text"), "mine");
}
