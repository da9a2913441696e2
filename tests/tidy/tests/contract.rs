//! Rules for the interfaces in `wit/`: comments, no async functions, no key material, bounded lists.

use auth_tidy::files;

/// The lines of all interfaces without comments, each with the path of its file.
fn lines() -> Vec<(String, String)> {
    files("wit", ".wit")
        .into_iter()
        .flat_map(|(path, text)| {
            let code = text.lines().map(str::trim);
            let code = code.filter(|line| !line.is_empty() && !line.starts_with("//"));
            code.map(|line| (path.clone(), line.to_owned()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn each_interface_has_a_file_and_a_comment() {
    for (path, text) in files("wit", ".wit") {
        assert!(
            text.starts_with("///"),
            "{path} does not say what it is for"
        );
        let interfaces = text
            .lines()
            .filter(|line| line.starts_with("interface "))
            .count();
        let expected = usize::from(!path.ends_with("/world.wit"));
        assert_eq!(interfaces, expected, "{path}");
    }
}

#[test]
fn no_function_is_asynchronous() {
    for (path, line) in lines() {
        assert!(
            !line.contains("async "),
            "{path}: a JavaScript host must be able to answer synchronously: {line}"
        );
    }
}

#[test]
fn no_key_material_crosses_the_contract() {
    // All byte strings that cross the contract. Each must be useless without the host's keys.
    let allowed = [
        "bytes: list<u8>,",
        "client: list<u8>,",
        "digest: list<u8>,",
        "hash: func(password: string, scheme: hash-scheme, salt: list<u8>) -> string;",
        "idempotency-key: option<list<u8>>,",
        "mac: func(purpose: purpose, message: list<u8>) -> list<u8>;",
        "macs: func(purpose: purpose, message: list<u8>) -> list<list<u8>>;",
        "random-bytes: func(count: u32) -> list<u8>;",
        "seed: list<u8>,",
        "sign: func(id: string, message: string) -> list<u8>;",
        "verify: func(id: string, message: string, signature: list<u8>) -> bool;",
    ];
    let mut bytes = Vec::new();
    for (path, line) in lines() {
        for word in ["secret", "private", "pepper", "pem", "jwk"] {
            let names_it = line
                .split(|c: char| !c.is_alphanumeric())
                .any(|it| it == word);
            assert!(!names_it, "{path}: {line}");
        }
        if line.contains("u8") {
            bytes.push(line);
        }
    }
    bytes.sort();
    assert_eq!(bytes, allowed);
}

#[test]
fn what_a_store_gives_back_is_bounded_by_the_call() {
    let mut seen = 0;
    for (path, line) in lines() {
        let answer = line.split_once("->").map_or("", |(_, answer)| answer);
        let is_import = path.ends_with("-store.wit") || path.ends_with("/policy-source.wit");
        if is_import && (answer.contains("list<") || answer.contains("-page")) {
            seen += 1;
            let is_bounded = line.contains("limit: u32") || line.contains("keys: list<string>");
            assert!(is_bounded, "{path}: {line}");
        }
    }
    assert_eq!(seen, 3);
}
