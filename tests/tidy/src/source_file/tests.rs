use std::collections::BTreeSet;

use super::SourceFile;

fn read(text: &str) -> SourceFile {
    SourceFile::parse(text).expect("the case is Rust")
}

#[test]
fn reads_each_form_of_use() {
    let cases: [(&str, &[&str]); 9] = [
        ("use crate::a::B;", &["B = crate::a::B"]),
        ("pub use a::B;", &["pub B = a::B"]),
        ("pub(crate) use a::B;", &["pub B = a::B"]),
        ("use a::B as C;", &["C = a::B"]),
        ("use super::*;", &["* = super"]),
        (
            "use a::{self, B, c::{D, E as F}};",
            &["a = a", "B = a::B", "D = a::c::D", "F = a::c::E"],
        ),
        ("use a::{self as b};", &["b = a"]),
        ("fn f() -> impl Sized + use<'_> { g() }", &[]),
        ("mod m { use super::a; use crate::b; }", &["b = crate::b"]),
    ];
    for (text, expected) in cases {
        let imports = read(text).imports.into_iter().map(|it| {
            let public = if it.is_public { "pub " } else { "" };
            format!("{public}{} = {}", it.name, it.path.join("::"))
        });
        assert_eq!(imports.collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn reads_paths_in_code_macros_and_types() {
    let cases: [(&str, &[&str]); 6] = [
        ("fn f() { crate::a::b(); c::d() }", &["crate::a::b", "c::d"]),
        ("fn f() { print!(\"{}\", super::a::B) }", &["super::a::B"]),
        ("struct S(Vec<<T as a::B>::C>);", &["a::B"]),
        ("fn f() { x.y.z() }", &[]),
        ("// a::b\nconst T: &str = \"a::b\";", &[]),
        (
            "#[cfg(test)] fn f() { a::b() } fn g() { c::d() }",
            &["c::d"],
        ),
    ];
    for (text, expected) in cases {
        let paths = read(text).paths.into_iter().map(|it| it.join("::"));
        assert_eq!(paths.collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn tells_modules_in_files_from_items() {
    let text = "mod a; pub mod b; #[cfg(test)] mod tests; #[cfg(test)] mod c { fn d() {} }
        #[path = \"../j.rs\"] mod k; #[cfg(unix)] mod l;
        mod e { fn f() {} } pub const fn g() { fn h() {} } macro_rules! i { () => {} }";
    let file = read(text);
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|it| (*it).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(file.children, names(&["a", "b", "l"]));
    assert_eq!(file.items, names(&["e", "g", "i"]));
}
