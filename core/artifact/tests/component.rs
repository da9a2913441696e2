//! The component seen from outside: it imports only what the contract names.

use std::collections::BTreeSet;
use std::path::Path;

use auth_artifact::COMPONENT;
use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldId};

fn imports(resolve: &Resolve, world: WorldId) -> BTreeSet<String> {
    let imports = &resolve.worlds[world].imports;
    imports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect()
}

fn exports(resolve: &Resolve, world: WorldId) -> BTreeSet<String> {
    let exports = &resolve.worlds[world].exports;
    exports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect()
}

#[test]
fn imports_and_exports_what_the_contract_names() {
    let mut contract = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (package, _) = contract.push_dir(&wit).unwrap();
    let service = contract.select_world(&[package], Some("service")).unwrap();

    let DecodedWasm::Component(component, world) = wit_component::decode(COMPONENT).unwrap() else {
        panic!("the component is a WIT package");
    };
    let imported = imports(&component, world);
    let named = imports(&contract, service);
    assert!(
        imported
            .iter()
            .all(|name| name.starts_with("countersign:auth/")),
        "{imported:?}"
    );
    assert_eq!(imported, named);
    assert_eq!(exports(&component, world), exports(&contract, service));
}

#[test]
fn names_no_path_of_the_machine_that_built_it() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checkout = manifest.ancestors().nth(2).unwrap().to_str().unwrap();
    for path in [checkout, "/registry/src/", "\\registry\\src\\"] {
        let found = COMPONENT
            .windows(path.len())
            .any(|window| window == path.as_bytes());
        assert!(!found, "{path}");
    }
}
