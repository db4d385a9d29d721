//! Owners of functions by the rules of a series: by the source file, or for Java by the package and the file.

use crate::analysis::filter::code_owner::{CodeOwner, CodeOwners};
use crate::base::names::{Language, language_of, package_of};
use crate::profile::{OwnerCache, Series, UNOWNED};

/// Maximum number of functions examined to detect the language.
const MANY: usize = 50_000;

/// Owners of the functions of a series.
#[derive(Debug)]
pub struct FunctionOwners<'a> {
    /// Ownership rules; `None` if the series has none, and every function is unowned.
    files: Option<OwnerCache<'a>>,
    code: CodeOwners,
    language: Language,
}

impl<'a> FunctionOwners<'a> {
    /// Prepares the ownership rules of a series.
    pub fn new(series: &'a Series) -> Self {
        let functions = || series.symbols().names_and_files().take(MANY);
        let language = language_of(functions());
        let known = |file| Some(file).filter(|file: &&str| !file.is_empty());
        let code = CodeOwners::new(language, functions().map(|(name, file)| (name, known(file))));
        Self { files: series.owners().map(OwnerCache::new), code, language }
    }

    /// Owners of a function with a raw name and a file, separated by spaces; [`UNOWNED`] if there are none, as for
    /// functions of the standard library.
    pub fn of(&self, name: &str, file: &str) -> &'a str {
        let Some(files) = &self.files else { return UNOWNED };
        let known = Some(file).filter(|file| !file.is_empty());
        if matches!(self.code.of(name, known), Some(CodeOwner::Runtime | CodeOwner::Standard)) {
            return UNOWNED;
        }
        // A Java class gives its file without the folder, which is that of its package.
        if self.language == Language::Java && !file.contains('/') && !file.is_empty() {
            let package = package_of(self.language, name).replace('.', "/");
            return files.owner(&format!("{package}/{file}"));
        }
        if file.is_empty() { UNOWNED } else { files.owner(file) }
    }
}
