//! Which file of a crate uses which, and the cycles among them.
//!
//! A file uses another when it writes a path that leads there: in `use`, in code or in a macro. A
//! name that a module only passes on (`pub use`) leads to the file that defines it. Left out are
//! `mod` declarations, `pub use` of a module's own children, and what is under `#[cfg(test)]`.

use std::collections::{BTreeMap, BTreeSet};

use crate::source_file::{Import, SourceFile};

/// For each file of a crate, the other files that it uses.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

/// The segments of a path below the root of the crate.
type ModulePath = Vec<String>;

/// A crate: its files by module path.
struct Modules(BTreeMap<ModulePath, (String, SourceFile)>);

/// The uses among the files of one crate, whose root file is `root`.
///
/// `files` has texts by path, among them those of the crate.
///
/// # Panics
/// When a file is not Rust, or a declared module has no file.
pub fn uses(root: &str, files: &BTreeMap<String, String>) -> Uses {
    let modules = Modules::read(root, files);
    let each = modules.0.iter().map(|(path, (file, source))| {
        let used = modules.used_by(path, source);
        let files = used.into_iter().map(|it| modules.0[&it].0.clone());
        (file.clone(), files.collect())
    });
    each.collect()
}

/// The groups of files of which each uses every other, directly or through others.
pub fn cycles(uses: &Uses) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<_, _> = uses.keys().map(|it| (it, reachable(it, uses))).collect();
    let groups = reached.iter().filter_map(|(file, others)| {
        let group = others
            .iter()
            .filter(|other| reached[*other].contains(*file));
        let group: BTreeSet<_> = group.cloned().collect();
        (!group.is_empty()).then_some(group)
    });
    groups.collect()
}

fn reachable(file: &str, uses: &Uses) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        open.extend(
            uses[file]
                .iter()
                .filter(|it| found.insert((*it).clone()))
                .map(String::as_str),
        );
    }
    found
}

impl Modules {
    fn read(root: &str, files: &BTreeMap<String, String>) -> Self {
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut modules = BTreeMap::new();
        let mut open = vec![(ModulePath::new(), root.to_owned())];
        while let Some((path, file)) = open.pop() {
            let source = SourceFile::parse(&files[&file]);
            let source = source.unwrap_or_else(|error| panic!("{file}: {error}"));
            for child in &source.children {
                let path = [&path[..], std::slice::from_ref(child)].concat();
                let stem = format!("{folder}/{}", path.join("/"));
                let candidates = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
                let file = candidates.into_iter().find(|it| files.contains_key(it));
                open.push((path, file.unwrap_or_else(|| panic!("no file for {stem}"))));
            }
            modules.insert(path, (file, source));
        }
        Self(modules)
    }

    fn used_by(&self, path: &ModulePath, source: &SourceFile) -> BTreeSet<ModulePath> {
        let written = source.paths.iter().filter_map(|it| self.resolve(path, it));
        let imported = source.imports.iter().filter_map(|import| {
            let target = self.resolve(path, &import.path)?;
            (!import.is_public || !target.starts_with(path)).then_some(target)
        });
        written
            .chain(imported)
            .filter(|used| used != path)
            .collect()
    }

    /// The module that defines what `path` means in module `from`; `None` for another crate's.
    fn resolve(&self, from: &[String], path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let here = &self.0[from].1;
        match first.as_str() {
            "crate" => Some(self.walk(&[], rest)),
            "self" => Some(self.walk(from, rest)),
            "super" => self.resolve_above(from, rest),
            name if here.children.contains(name) => Some(self.walk(from, path)),
            name => {
                let import = here.imports.iter().find(|it| it.name == name)?;
                // An import of `name` from a crate `name` leads out of this one.
                let is_external = import.path.first() == Some(first);
                let whole = [&import.path[..], rest].concat();
                if is_external {
                    None
                } else {
                    self.resolve(from, &whole)
                }
            }
        }
    }

    fn resolve_above(&self, from: &[String], rest: &[String]) -> Option<ModulePath> {
        let above = &from[..from.len().checked_sub(1)?];
        if rest.first().is_some_and(|it| it == "super") {
            self.resolve_above(above, &rest[1..])
        } else {
            Some(self.walk(above, rest))
        }
    }

    /// Follows `path` down from module `at`, through children and names passed on.
    fn walk(&self, at: &[String], path: &[String]) -> ModulePath {
        let Some((name, rest)) = path.split_first() else {
            return at.to_vec();
        };
        let here = &self.0[at].1;
        if here.children.contains(name) {
            return self.walk(&[at, std::slice::from_ref(name)].concat(), rest);
        }
        if here.items.contains(name) {
            return at.to_vec();
        }
        let passed_on = here
            .imports
            .iter()
            .find_map(|it| self.through(at, it, path));
        passed_on.unwrap_or_else(|| at.to_vec())
    }

    /// Where `import` of module `at` takes `path`, if it brings in the first name of that.
    fn through(&self, at: &[String], import: &Import, path: &[String]) -> Option<ModulePath> {
        if import.name == path[0] {
            return self.resolve(at, &[&import.path[..], &path[1..]].concat());
        }
        let target = self
            .resolve(at, &import.path)
            .filter(|_| import.is_glob())?;
        let source = &self.0[&target].1;
        let has_it = source.items.contains(&path[0]) || source.children.contains(&path[0]);
        has_it.then(|| self.walk(&target, path))
    }
}

#[cfg(test)]
mod tests;
