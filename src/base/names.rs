//! Names of functions, shortened for display by the language that they are in.
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// x
    Other,
}
/// x
pub fn language_of<'a>(_: impl Iterator<Item = &'a str>) -> Language {
    Language::Other
}
