//! What takes the bytes of the guest: its sections, and its code by crate.

use std::collections::BTreeMap;

use wasmparser::{Name, NameSectionReader, Parser, Payload, TypeRef};

use crate::component::Component;
use crate::error::Result;
use crate::size::gzipped;

/// The number of crates that are listed by name; the smaller ones are added up.
const LISTED_CRATES: usize = 15;

/// Lists the sizes of the component, of the sections of its core module, and of the code of each
/// crate, in bytes. Code that the compiler put into a function of another crate counts there.
///
/// # Errors
/// When the guest is not a valid module.
pub fn sizes(component: &Component) -> Result<String> {
    let mut sections = Vec::new();
    let mut functions = Functions::default();
    for payload in Parser::new(0).parse_all(&component.named_module) {
        let payload = payload?;
        functions.note(&payload)?;
        if let Some((name, range)) = section(&payload) {
            let bytes = component.named_module.get(range).unwrap_or_default();
            sections.push((name, bytes.len(), gzipped(bytes)?));
        }
    }
    let mut lines = vec![
        row("", "bytes", "gzipped"),
        row(
            "component",
            &component.bytes.len().to_string(),
            &gzipped(&component.bytes)?.to_string(),
        ),
    ];
    lines.extend(sections.into_iter().map(|(name, bytes, gzipped_bytes)| {
        row(
            &format!("  section {name}"),
            &bytes.to_string(),
            &gzipped_bytes.to_string(),
        )
    }));
    lines.extend(
        functions
            .by_crate()
            .into_iter()
            .map(|(name, bytes)| row(&format!("  code of {name}"), &bytes.to_string(), "")),
    );
    Ok(lines.join("\n"))
}

fn row(name: &str, bytes: &str, gzipped_bytes: &str) -> String {
    format!("{name:40} {bytes:>8} {gzipped_bytes:>8}")
        .trim_end()
        .to_owned()
}

/// The name and the place of a section that reaches the component.
fn section(payload: &Payload<'_>) -> Option<(String, std::ops::Range<usize>)> {
    let name = match payload {
        Payload::CodeSectionStart { .. } => "code",
        Payload::DataSection(_) => "data",
        Payload::ElementSection(_) => "elements",
        Payload::TypeSection(_) => "types",
        Payload::ImportSection(_) => "imports",
        Payload::ExportSection(_) => "exports",
        Payload::FunctionSection(_) => "functions",
        Payload::CustomSection(custom) if custom.name().starts_with("component-type") => {
            "interfaces"
        }
        _ => return None,
    };
    let (_, range) = payload.as_section()?;
    Some((name.to_owned(), range))
}

/// The sizes and names of the functions of a module.
#[derive(Default)]
struct Functions {
    imported: u32,
    sizes: Vec<usize>,
    names: BTreeMap<u32, String>,
}

impl Functions {
    fn note(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.clone().into_imports() {
                    if matches!(import?.ty, TypeRef::Func(_)) {
                        self.imported = self.imported.saturating_add(1);
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.sizes.push(body.range().len()),
            Payload::CustomSection(custom) if custom.name() == "name" => {
                let reader = wasmparser::BinaryReader::new(custom.data(), custom.data_offset());
                for name in NameSectionReader::new(reader) {
                    self.take_names(name?)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_names(&mut self, name: Name<'_>) -> Result<()> {
        if let Name::Function(names) = name {
            for naming in names {
                let naming = naming?;
                self.names.insert(naming.index, naming.name.to_owned());
            }
        }
        Ok(())
    }

    /// The crates and the bytes of their code, the largest first.
    fn by_crate(&self) -> Vec<(String, usize)> {
        let mut bytes = BTreeMap::<String, usize>::new();
        for (index, size) in (self.imported..).zip(&self.sizes) {
            let name = self.names.get(&index).map_or("", String::as_str);
            let sum = bytes.entry(crate_of(name)).or_default();
            *sum = sum.saturating_add(*size);
        }
        let mut sorted: Vec<_> = bytes.into_iter().collect();
        sorted.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        let others = sorted.split_off(LISTED_CRATES.min(sorted.len()));
        if !others.is_empty() {
            let sum = others.iter().map(|(_, size)| size).sum();
            sorted.push((format!("{} others", others.len()), sum));
        }
        sorted
    }
}

/// The crate that a function is from, by its mangled name.
fn crate_of(name: &str) -> String {
    if name.contains('#') {
        return "the exports' wrappers".to_owned();
    }
    let path = format!("{:#}", rustc_demangle::demangle(name));
    let path = path.trim_start_matches(['<', '&', '(', '[', '*']);
    let path = ["mut ", "dyn ", "const "]
        .iter()
        .fold(path, |path, word| path.trim_start_matches(word));
    path.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_crate_in_a_mangled_name() {
        for (name, krate) in [
            (
                "_ZN10auth_rules11policy_file12compile_into17h2a40e2e93e5db8fcE",
                "auth_rules",
            ),
            (
                "_ZN98_$LT$$RF$mut$u20$serde_json..de..Deserializer$LT$R$GT$$u20$as$u20$serde_core..de..\
                 Deserializer$GT$15deserialize_any17h41bf9402d7954b1cE",
                "serde_json",
            ),
            ("_RNvNtCsgXGp5Oqx2Ny_4core3str19slice_error_fail_rt", "core"),
            (
                "countersign:auth/policy@0.1.0#compile",
                "the exports' wrappers",
            ),
            ("memcpy", "memcpy"),
        ] {
            assert_eq!(crate_of(name), krate, "{name}");
        }
    }
}
