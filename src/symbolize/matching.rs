//! Files of a mapping: the program or library itself, and separate debug information of it.

use std::borrow::Cow;
use std::cmp::Reverse;

use crate::base::safe_text::safe;
use crate::profile::{DELETED, Mapping, Symbols};
use crate::symbolize::Image;

/// Evidence that a file belongs to a mapping, the strongest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// Same file name, other build id.
    OtherBuild,
    /// Same file name, and no build id on one of the two sides.
    FileName,
    BuildId,
}

/// Files of a mapping, as indices of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MappingFiles {
    /// Program or library with its code.
    pub(super) program: Option<usize>,
    /// Debug information without the code.
    pub(super) debug: Option<usize>,
}

/// File that a mapping shows.
pub(super) struct MappedFile<'s> {
    path: Cow<'s, str>,
    build_id: Cow<'s, str>,
}

/// Order of the files that a mapping may show, the best last: evidence, equal parts at the end of the paths, debug
/// information, and of equal files the first.
type Rank = (Evidence, usize, bool, Reverse<usize>);

impl MappingFiles {
    /// Chooses the files of a mapping.
    pub(super) fn new(images: &[Image], mapped: &mut MappedFile<'_>) -> Self {
        let program = mapped.best(images, |image| !image.is_separate_debug());
        if let Some((_, at)) = program.filter(|_| mapped.build_id.is_empty()) {
            // Debug information of another build would give wrong names.
            mapped.build_id = Cow::Owned(images[at].build_id().unwrap_or_default().to_owned());
        }
        let debug = mapped.best(images, Image::is_separate_debug);
        let is_one_build = |(program, debug): (usize, usize)| images[program].build_id() == images[debug].build_id();
        match (program, debug) {
            (Some((Evidence::OtherBuild, _)), Some((Evidence::BuildId, debug))) => {
                Self { program: None, debug: Some(debug) }
            }
            (Some((_, program)), Some((Evidence::OtherBuild, debug))) if !is_one_build((program, debug)) => {
                Self { program: Some(program), debug: None }
            }
            _ => Self { program: program.map(|(_, at)| at), debug: debug.map(|(_, at)| at) },
        }
    }

    /// Files in the order in which they are asked for names.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        [self.debug, self.program].into_iter().flatten()
    }

    /// File that knows where the mapping's addresses are.
    pub(super) fn layout(self) -> Option<usize> {
        self.program.or(self.debug)
    }
}

impl<'s> MappedFile<'s> {
    /// File that a mapping names.
    pub(super) fn new(symbols: &'s Symbols, mapping: &Mapping) -> Self {
        Self { path: symbols.strings.text(mapping.file), build_id: symbols.strings.text(mapping.build_id) }
    }

    /// Path for messages.
    pub(super) fn shown_path(&self) -> String {
        safe(self.path.as_bytes()).into_owned()
    }

    /// Build id for messages.
    pub(super) fn shown_build_id(&self) -> String {
        safe(self.build_id.as_bytes()).into_owned()
    }

    /// Evidence that a file is this one; `None` if it is not.
    pub(super) fn evidence(&self, image: &Image) -> Option<Evidence> {
        let is_build =
            image.build_id().filter(|_| !self.build_id.is_empty()).map(|ours| self.build_id.eq_ignore_ascii_case(ours));
        match is_build {
            Some(true) => Some(Evidence::BuildId),
            _ if self.equal_parts(image) == 0 => None,
            Some(false) => Some(Evidence::OtherBuild),
            None => Some(Evidence::FileName),
        }
    }

    /// Best file of those that `is_kind` accepts, with its evidence.
    fn best(&self, images: &[Image], is_kind: impl Fn(&Image) -> bool) -> Option<(Evidence, usize)> {
        let rank = |(at, image): (usize, &Image)| -> Option<Rank> {
            let evidence = Some(image).filter(|image| is_kind(image)).and_then(|image| self.evidence(image))?;
            // Files of one build differ in their debug information only.
            let parts = if evidence == Evidence::BuildId { 0 } else { self.equal_parts(image) };
            Some((evidence, parts, image.has_debug_info(), Reverse(at)))
        };
        images.iter().enumerate().filter_map(rank).max().map(|(evidence, _, _, Reverse(at))| (evidence, at))
    }

    /// Number of equal parts at the end of the two paths. Separate debug information is named after its program.
    fn equal_parts(&self, image: &Image) -> usize {
        let ours =
            |name| count_equal(path_parts(self.path.strip_suffix(DELETED).unwrap_or(&self.path)), path_parts(name));
        let program = image.name.strip_suffix(".debug").map_or(0, ours);
        ours(&image.name).max(program)
    }
}

/// Parts of a path, the last first.
fn path_parts(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('/').filter(|part| !matches!(*part, "" | "."))
}

fn count_equal<'p>(ours: impl Iterator<Item = &'p str>, theirs: impl Iterator<Item = &'p str>) -> usize {
    ours.zip(theirs).take_while(|(ours, theirs)| ours == theirs).count()
}
