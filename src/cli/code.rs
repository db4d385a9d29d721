//! Options about source files, and their values from the environment.

use std::env;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::base::safe_text::safe_str;
use crate::source::source_files::{PathTrim, SourceFinder};

use super::environment::Variables;
use super::message::CliFailure;

/// Options about source files.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CodeArgs {
    /// Search this directory for source files; repeatable
    #[arg(long, value_name = "DIR", help_heading = "Source files")]
    pub(crate) source_path: Vec<PathBuf>,
    /// Replace a prefix of source paths, or remove it: `/build=src`, `/build:/usr/src`
    #[arg(long, value_name = "FROM=TO", value_parser = trim, help_heading = "Source files")]
    pub(crate) trim_path: Vec<String>,
}

/// Checks that a value of `--trim-path` names a prefix.
fn trim(text: &str) -> Result<String, String> {
    let is_empty = PathTrim::parse(text).is_empty();
    if is_empty { Err("write the prefix to replace, as `/build=src`".to_owned()) } else { Ok(text.to_owned()) }
}

/// Builds the finder of source files.
///
/// # Errors
/// [`CliFailure`] if a named directory does not exist.
pub(crate) fn finder(args: &CodeArgs, variables: Variables<'_>) -> Result<SourceFinder, CliFailure> {
    let trims = args.trim_path.iter().flat_map(|text| PathTrim::parse(text)).collect();
    let mut finder = SourceFinder::new(env::current_dir().ok(), trims);
    for root in &args.source_path {
        finder.add_folder(root).map_err(|why| {
            let line = format!("`--source-path {}`: {why}", safe_str(&root.to_string_lossy()));
            CliFailure::input(line, Some("name a directory with the sources of the program".to_owned()))
        })?;
    }
    for root in modules(variables) {
        finder.add_module_folder(&root);
    }
    Ok(finder)
}

/// Module cache and standard library of Go: with `-trimpath`, names of source files are relative to these.
fn modules(variables: Variables<'_>) -> Vec<PathBuf> {
    let set = |name: &str| variables(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let of_paths = || {
        let paths = set("GOPATH").or_else(|| Some(set("HOME")?.join("go")))?;
        env::split_paths(&paths).next().map(|first| first.join("pkg/mod"))
    };
    let library = set("GOROOT").unwrap_or_else(|| Path::new("/usr/local/go").to_owned()).join("src");
    set("GOMODCACHE").or_else(of_paths).into_iter().chain([library]).collect()
}
