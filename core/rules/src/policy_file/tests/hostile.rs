//! Hostile policy files are refused with diagnostics, never by a panic.

use proptest::prelude::*;

use super::*;

#[test]
fn a_text_that_is_too_large_is_refused() {
    assert!(compile(&"#".repeat(4 * 1024 * 1024)).is_ok());
    assert_eq!(
        diagnostic(&"#".repeat(4 * 1024 * 1024 + 1)),
        "1:1 : the policy is larger than 4194304 bytes"
    );
}

#[test]
fn nesting_without_end_is_refused_without_overflowing() {
    for unit in ["[", "[[", "{", "{a=", "[{a=", "a.", "\"\".", "[a."] {
        let bomb = unit.repeat(100_000);
        for text in [
            bomb.clone(),
            format!("a = {bomb}"),
            format!("[{bomb}"),
            format!("{bomb}a = 1"),
        ] {
            let diagnostics = compile(&text).expect_err(unit);
            assert!(diagnostics.len() <= 1_000);
        }
    }
}

#[test]
fn nesting_that_the_parser_takes_is_refused_with_its_place() {
    let key = ["a"; 79].join(".");
    let braces = format!(
        "{key} = {}1{}",
        format!("{{ {key} = ").repeat(79),
        "}".repeat(79)
    );
    let arrays = format!("a = {}{}", "[".repeat(79), "]".repeat(79));
    let header = format!("# a\n\n[{key}]\n");
    for (text, place) in [
        (braces.as_str(), "1:66"),
        (&format!("\n[roles]\n  {braces}"), "3:68"),
        (&arrays, "1:37"),
        (&header, "3:65"),
    ] {
        assert_eq!(
            diagnostic(text),
            format!("{place} : nests deeper than 32 tables or arrays")
        );
    }
}

#[test]
fn dots_and_brackets_that_nest_nothing_are_borne() {
    let dots = ".".repeat(100);
    let banner = format!("# {dots}{}\n", "[{".repeat(100));
    let words: Vec<_> = (0..100).map(|n| format!("\"{dots}{{{n}\"")).collect();
    let words = words
        .iter()
        .map(|word| word.replace(&dots, "..."))
        .collect::<Vec<_>>()
        .join(", ");
    let text = format!("{banner}password.context_words = [{words}]\n{banner}");
    assert!(compile(&text).is_ok(), "{:?}", compile(&text));
    let many: String = (0..100)
        .map(|n| format!("[roles.r{n}]\nallow = ['a:b']\n"))
        .collect();
    assert!(compile(&format!("{ROLES}{many}")).is_ok());
}

#[test]
fn what_a_report_repeats_of_the_file_is_short_and_printable() {
    let long = "x".repeat(100_000);
    let text = format!("\"{long}\\n\" = 1\n[setup]\nrole = \"\\u001b[31m{long}\"\n");
    let reported = format!("{:?}", diagnostics(&text));
    assert!(
        reported.len() < 2_000 && !reported.contains("\\u{1b}[31m\\"),
        "{reported}"
    );
    assert!(
        diagnostics(&text)[1]
            .reason
            .starts_with("there is no role `\\u{1b}[31mxxx")
    );
    assert_eq!(diagnostics(&"=\n".repeat(100_000)).len(), 1_000);
}

/// A piece of text that may break a parser when it stands in a wrong place.
fn fragment() -> impl Strategy<Value = String> {
    let fragments = [
        "[",
        "]",
        "[[",
        "{",
        "}",
        "=",
        ".",
        ",",
        "'",
        "\"",
        "'''",
        "\"\"\"",
        "\n",
        "\r",
        "\0",
        "#",
        "\\u",
        "-1",
        "1e9",
        "inf",
        "*",
        "ä",
        "\u{feff}",
        "\u{10ffff}",
        "roles",
        "[roles.x]\n",
        "inherits = ['x']\n",
        "99999999999999999999",
        "1979-05-27",
        "true",
    ];
    prop_oneof![
        prop::sample::select(fragments.to_vec()).prop_map(str::to_owned),
        ".{0,8}"
    ]
}

fn check(text: &str) {
    let Err(diagnostics) = compile(text) else {
        return;
    };
    assert!(!diagnostics.is_empty());
    let places: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.start.line, diagnostic.start.column))
        .collect();
    assert!(places.is_sorted());
    let lines = text.split('\n').count();
    for diagnostic in diagnostics {
        assert!(
            diagnostic.start.line >= 1
                && diagnostic.start.column >= 1
                && diagnostic.start.line as usize <= lines
        );
        assert!(
            !diagnostic.reason.is_empty() && !diagnostic.reason.ends_with('.'),
            "{}",
            diagnostic.reason
        );
    }
}

proptest! {
    #[test]
    fn no_text_makes_compiling_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn no_heap_of_fragments_makes_compiling_panic(
        fragments in prop::collection::vec(fragment(), 0..40),
    ) {
        check(&fragments.concat());
    }

    #[test]
    fn no_mutation_of_a_policy_makes_compiling_panic(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..30, fragment()), 1..6),
    ) {
        let without_comments = |line: &&str| !line.starts_with('#');
        let lines: Vec<_> = DOCUMENTED.lines().filter(without_comments).collect();
        let mut text: Vec<char> = lines.join("\n").chars().collect();
        for (at, length, replacement) in mutations {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, replacement.chars());
        }
        check(&text.into_iter().collect::<String>());
    }
}
