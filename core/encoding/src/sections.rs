//! The sections of a module or component: takes out what no host uses, and finds the modules inside.

use wasmparser::{BinaryReader, Parser, Payload};

use crate::error::Result;

/// Custom sections about how the code was made. What describes the component's interfaces is in
/// other custom sections.
const UNUSED: [&str; 4] = ["component-name", "name", "producers", "target_features"];

/// The magic number and the version, which begin modules and components.
const HEADER_BYTES: usize = 8;

const CUSTOM_SECTION: u8 = 0;

/// Returns the module or component without names and without the notes of its compiler. Modules
/// inside a component stay as they are.
pub(crate) fn without_names(binary: &[u8]) -> Result<Vec<u8>> {
    let mut reader = BinaryReader::new(binary, 0);
    let mut kept = reader.read_bytes(HEADER_BYTES)?.to_vec();
    while !reader.eof() {
        let start = reader.original_position();
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()?;
        let data = reader.read_bytes(usize::try_from(size)?)?;
        let is_unused =
            id == CUSTOM_SECTION && UNUSED.contains(&BinaryReader::new(data, 0).read_string()?);
        if !is_unused {
            let section = binary.get(start..reader.original_position());
            kept.extend_from_slice(section.unwrap_or_default());
        }
    }
    Ok(kept)
}

/// The core modules of a component, in their order, as they stand in it.
pub(crate) fn core_modules(component: &[u8]) -> Result<Vec<&[u8]>> {
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection {
            unchecked_range, ..
        } = payload?
        {
            modules.push(component.get(unchecked_range).unwrap_or_default());
        }
    }
    Ok(modules)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(names: &[&str]) -> Vec<u8> {
        let custom = |name: &&str| {
            let length = u8::try_from(name.len()).expect("a short name");
            [
                &[CUSTOM_SECTION, length + 3, length][..],
                name.as_bytes(),
                b"..".as_slice(),
            ]
            .concat()
        };
        let sections: Vec<_> = names.iter().map(custom).collect();
        [&b"\0asm\x01\0\0\0"[..], &sections.concat()].concat()
    }

    #[test]
    fn names_go_and_all_else_stays() {
        let before = module(&["component-type:a", "name", "b", "producers"]);
        let after = without_names(&before).expect("a module");
        assert_eq!(after, module(&["component-type:a", "b"]));
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        let whole = module(&["name"]);
        for length in [4, whole.len() - 1] {
            assert!(without_names(&whole[..length]).is_err(), "{length}");
        }
    }
}
