//! Import cycles between the files of a layer.

use std::collections::{BTreeMap, BTreeSet};

use super::File;
use super::reader::read;

/// A module, by the names from its layer on.
type Module = Vec<String>;

/// Import graph of the files of all layers.
struct Imports {
    modules: BTreeSet<Module>,
    edges: BTreeMap<Module, BTreeSet<Module>>,
}

impl Imports {
    /// Reads the graph. A name that a folder re-exports stands for the file that defines it.
    fn new(files: &[File]) -> Self {
        let named = |file: &File| file.module().iter().map(|name| (*name).to_owned()).collect::<Module>();
        let modules: BTreeSet<Module> = files.iter().map(&named).filter(|module| !module.is_empty()).collect();
        let mut exported: BTreeMap<Module, Module> = BTreeMap::new();
        let mut named_paths = Vec::new();
        for file in files {
            let module = named(file);
            for path in read(&file.text, &file.module()).paths.into_iter().filter(|path| !path.in_test) {
                let relative = [&*module, &path.segments].concat();
                let is_child = modules.contains(&relative[..=module.len().min(relative.len() - 1)]);
                let segments = if path.inside { path.segments } else { relative };
                if !path.inside && !is_child {
                    continue;
                }
                if let Some(name) = segments.last().filter(|_| is_below(&segments, &module)) {
                    let key = [&*module, std::slice::from_ref(name)].concat();
                    if !modules.contains(&key) {
                        exported.insert(key, segments.clone());
                    }
                }
                named_paths.push((module.clone(), segments));
            }
        }
        let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, path) in named_paths {
            let meant = (0..4).fold(path, |path, _| followed(&exported, path));
            let to = (1..=meant.len()).rev().map(|length| &meant[..length]).find(|path| modules.contains(*path));
            // The head of a folder may name what is in the folder: its files use the head's types.
            if let Some(to) = to.filter(|to| **to != *from && to.first() == from.first() && !is_below(to, &from)) {
                edges.entry(from).or_default().insert(to.to_vec());
            }
        }
        Self { modules, edges }
    }

    /// Modules that a module imports, directly or not.
    fn reachable(&self, from: &Module) -> BTreeSet<&Module> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            for next in self.edges.get(module).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    }
}

/// Returns true if a path names something below a module.
fn is_below(path: &[String], module: &[String]) -> bool {
    path.len() > module.len() && path.starts_with(module) && !module.is_empty()
}

/// Replaces the longest prefix that is a re-exported name.
fn followed(exported: &BTreeMap<Module, Module>, path: Module) -> Module {
    let found = (1..=path.len()).rev().find_map(|length| Some((length, exported.get(&path[..length])?)));
    match found {
        Some((length, meant)) => [&**meant, &path[length..]].concat(),
        None => path,
    }
}

/// Modules of the layer that import themselves through others.
pub fn in_layer(files: &[File], layer: &str) -> Vec<String> {
    let imports = Imports::new(files);
    let inside = imports.modules.iter().filter(|module| module[0] == layer);
    inside.filter(|module| imports.reachable(module).contains(module)).map(|module| module.join("/")).collect()
}
