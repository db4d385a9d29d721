//! Owners of source files by the rules of a CODEOWNERS file, as GitHub reads it.
//!
//! A line has a pattern and its owners; the last line whose pattern matches decides. Patterns are those of `.gitignore`
//! without `!` and `[…]`: `*` and `?` stay within a name, `**` goes across folders, a slash at the start or in the
//! middle ties the pattern to the root, a slash at the end names a folder, and a folder means all files below. A line
//! without owners makes its files unowned.
//!
//! Profiles name files by the path on the machine that built them, or by a module path. A file therefore matches if any
//! part of its path that begins at a folder is a path of the repository. Files that are never in a repository, such as
//! files of a toolchain or of a module cache, have no owner.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

/// Owner of files without a rule.
pub const UNOWNED: &str = "unowned";

/// Maximum number of rules.
const MOST_RULES: usize = 20_000;
/// Maximum bytes of a file of rules, as at GitHub.
pub const MOST_BYTES: usize = 3 << 20;
/// Maximum number of folders of a path at which a path of the repository may begin, counted from the end.
const MOST_STARTS: usize = 32;

/// Parts of paths that are outside of every repository.
const OUTSIDE: [&str; 12] = [
    "/go/src/runtime/",
    "/usr/lib/",
    "/usr/include/",
    "/usr/local/go/",
    "/rustc/",
    "/.cargo/registry/",
    "/.rustup/",
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/pkg/mod/",
    "<frozen ",
];
/// Beginnings of paths that are outside of every repository.
const OUTSIDE_STARTS: [&str; 3] = ["node:", "library/", "<"];

/// Rules of a CODEOWNERS file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerRules {
    rules: Vec<OwnerRule>,
    /// Number of lines that are not a valid rule.
    pub refused: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnerRule {
    /// Names of folders and of the file; `**` stands for any number of names.
    parts: Vec<String>,
    /// True if the pattern begins at the root of the repository.
    is_anchored: bool,
    /// True if the pattern names a folder.
    is_folder: bool,
    /// Owners with a space between them; empty for none.
    owners: String,
}

impl OwnerRules {
    /// Reads the rules. Lines that GitHub skips are counted.
    pub fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match OwnerRule::parse(line).filter(|_| found.rules.len() < MOST_RULES) {
                Some(rule) => found.rules.push(rule),
                None => found.refused += 1,
            }
        }
        found
    }

    /// Returns true if there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Owners of a file, with a space between them; [`UNOWNED`] if there are none.
    pub fn owner(&self, path: &str) -> &str {
        if is_outside(path) {
            return UNOWNED;
        }
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
        let rule = self.rules.iter().rev().find(|rule| rule.is_match(&names));
        rule.map(|rule| rule.owners.as_str()).filter(|owners| !owners.is_empty()).unwrap_or(UNOWNED)
    }

    /// Returns true if a rule names this owner.
    pub fn has(&self, owner: &str) -> bool {
        owner == UNOWNED || self.rules.iter().any(|rule| is_among(owner, &rule.owners))
    }
}

/// Returns true if `owner` is one of `owners`; the `@` may be left out.
pub fn is_among(owner: &str, owners: &str) -> bool {
    owners.split(' ').any(|one| one == owner || one.strip_prefix('@') == Some(owner))
}

/// Cache of owners by path, so that each path is matched once.
#[derive(Debug)]
pub struct OwnerCache<'a> {
    rules: &'a OwnerRules,
    known: RefCell<FxHashMap<String, &'a str>>,
}

impl<'a> OwnerCache<'a> {
    /// Creates an empty cache.
    pub fn new(rules: &'a OwnerRules) -> Self {
        Self { rules, known: RefCell::default() }
    }

    /// Owners of a file, as [`OwnerRules::owner`].
    pub fn owner(&self, path: &str) -> &'a str {
        if let Some(known) = self.known.borrow().get(path) {
            return known;
        }
        let owner = self.rules.owner(path);
        self.known.borrow_mut().insert(path.to_owned(), owner);
        owner
    }
}

/// True for a file of a toolchain, a module cache or a package folder.
fn is_outside(path: &str) -> bool {
    // The folder of a module in Go's cache has its version after `@`.
    OUTSIDE.iter().any(|part| path.contains(part))
        || OUTSIDE_STARTS.iter().any(|start| path.starts_with(start))
        || path.split('/').any(|name| name.contains("@v"))
}

impl OwnerRule {
    /// Reads a line; `None` for a pattern that GitHub does not read.
    fn parse(line: &str) -> Option<Self> {
        let mut words = words(line).into_iter();
        let pattern = words.next()?;
        if pattern.starts_with('!') || pattern.contains(['[', ']']) {
            return None;
        }
        let owners: Vec<String> = words.take_while(|word| !word.starts_with('#')).collect();
        let is_folder = pattern.ends_with('/');
        let body = pattern.trim_end_matches('/');
        let is_anchored = body.contains('/');
        let parts: Vec<String> = body.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if parts.is_empty() && pattern != "/" {
            return None;
        }
        Some(Self { parts, is_anchored, is_folder, owners: owners.join(" ") })
    }

    /// Returns true if the pattern matches the path from some folder on.
    fn is_match(&self, names: &[&str]) -> bool {
        if !self.is_anchored {
            let Some(part) = self.parts.first() else { return true };
            // A name matches a folder on the way, or the file itself.
            let end = if self.is_folder { names.len().saturating_sub(1) } else { names.len() };
            return names[..end].iter().any(|name| is_name(part, name));
        }
        let starts = names.len().saturating_sub(MOST_STARTS)..names.len();
        // The whole path is tried too, however many folders it has.
        starts.chain([0]).any(|start| self.is_match_at(&names[start..]))
    }

    /// Returns true if the pattern matches a path of the repository.
    fn is_match_at(&self, names: &[&str]) -> bool {
        // Tracks the reachable positions in the pattern for each name, so that time is at most pattern length times
        // path length.
        let closed = |positions: &mut Vec<usize>| {
            let mut at = 0;
            while at < positions.len() {
                let position = positions[at];
                if self.parts.get(position).is_some_and(|part| part == "**") && !positions.contains(&(position + 1)) {
                    positions.push(position + 1);
                }
                at += 1;
            }
        };
        let mut positions = vec![0];
        closed(&mut positions);
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let mut next: Vec<usize> = Vec::new();
            for position in positions {
                let Some(part) = self.parts.get(position) else { continue };
                let to = if part == "**" {
                    position
                } else if is_name(part, name) {
                    position + 1
                } else {
                    continue;
                };
                if !next.contains(&to) {
                    next.push(to);
                }
            }
            closed(&mut next);
            if next.contains(&self.parts.len()) {
                // The pattern ends here: at the file, or at a folder, which means all files below. `docs/*` names what
                // is directly in the folder.
                let names_children = self.parts.last().is_some_and(|part| part == "*");
                if is_last && !self.is_folder || !is_last && !names_children {
                    return true;
                }
            }
            positions = next;
        }
        false
    }
}

/// Words of a line; a backslash keeps a space in a pattern.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_escaped) = (Vec::new(), String::new(), false);
    for sign in line.chars() {
        match sign {
            '\\' if !is_escaped => is_escaped = true,
            ' ' | '\t' if !is_escaped => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            sign => {
                word.push(sign);
                is_escaped = false;
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Returns true if a name matches a pattern with `*` and `?`; takes time pattern length times name length.
fn is_name(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return pattern == name;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut place, mut star, mut retry) = (0, 0, None, 0);
    while place < name.len() {
        match pattern.get(at) {
            Some('*') => {
                (star, retry) = (Some(at), place);
                at += 1;
            }
            Some(sign) if *sign == '?' || *sign == name[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some(star) = star else { return false };
                retry += 1;
                (at, place) = (star + 1, retry);
            }
        }
    }
    pattern[at..].iter().all(|sign| *sign == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "\
# The last match wins.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/apps/github2 @doctocat
src/**/cache @cache-team
we\\ ird.py @odd
![bad] @nobody
";

    #[test]
    fn the_examples_of_github_have_their_owners() {
        let rules = OwnerRules::parse(RULES);
        assert_eq!(rules.refused, 1);
        for (path, owner) in [
            ("main.c", "@global-owner1 @global-owner2"),
            ("web/a.js", "@js-owner"),
            ("deep/down/a.go", "docs@example.com"),
            ("a/b.txt", "@octo-org/octocats"),
            ("build/logs/x/y.txt", "@octocat"),
            ("docs/getting-started.md", "@doctocat"),
            ("docs/build-app/troubleshooting.md", "@doctocat"),
            ("web/apps/x.c", "@octocat"),
            ("scripts/run.sh", "@doctocat @octocat"),
            ("deeply/nested/logs/x.c", "@octocat"),
            ("apps/github", UNOWNED),
            ("apps/github/x.go", UNOWNED),
            ("apps/github2/x.go", "@doctocat"),
            ("src/cache/a.c", "@cache-team"),
            ("src/a/b/cache/c.c", "@cache-team"),
            ("we ird.py", "@odd"),
        ] {
            assert_eq!(rules.owner(path), owner, "{path}");
        }
        assert!(rules.has("@octocat") && rules.has("octocat") && rules.has(UNOWNED) && !rules.has("octo"));
    }

    #[test]
    fn a_star_names_what_is_directly_in_a_folder() {
        let rules = OwnerRules::parse("docs/* @docs\n");
        assert_eq!((rules.owner("docs/a.md"), rules.owner("docs/b/a.md")), ("@docs", UNOWNED));
        assert_eq!(rules.owner("/home/ci/build/docs/a.md"), "@docs");
    }

    #[test]
    fn a_path_of_a_build_machine_or_a_module_matches_by_its_end() {
        let rules = OwnerRules::parse("/store/ @storage\n/src/main/java/com/example/shop/ @shop\n");
        for (path, owner) in [
            ("/home/ci/build/store/index.go", "@storage"),
            ("example.com/lab/shopsvc/store/index.go", "@storage"),
            ("src/main/java/com/example/shop/Cart.java", "@shop"),
            ("/usr/lib/go/src/store/x.go", UNOWNED),
            ("/root/go/pkg/mod/example.com/x@v1.2.3/store/a.go", UNOWNED),
            ("/app/node_modules/store/index.js", UNOWNED),
            ("store", UNOWNED),
        ] {
            assert_eq!(rules.owner(path), owner, "{path}");
        }
    }

    #[test]
    fn hostile_patterns_take_bounded_time() {
        let pattern = format!("/{}x @a\n", "**/a*b*".repeat(200));
        let path = "a/".repeat(400) + &"ab".repeat(500);
        let rules = OwnerRules::parse(&pattern);
        assert_eq!(rules.owner(&path), UNOWNED);
        let star = OwnerRules::parse(&format!("{}b @a\n", "*a".repeat(300)));
        assert_eq!(star.owner(&"a".repeat(2000)), UNOWNED);
    }
}
