//! The live mode: what a service or a directory has that is new, folded into what is open.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::Grown;
use crate::base::limits::Limits;
use crate::load::{self, Growth, Loaded, Place, Progress};
use crate::profile::Series;
use crate::source::Address;
use crate::symbolize::Image;
use crate::term::{Grow, Live};

use super::message::Failure;
use super::request::Ask;

/// Snapshots that are kept at most. Figures over so many are still made while one looks; `record` keeps all.
const MOST: usize = 1000;

/// Refuses to keep looking where nothing new can come.
///
/// # Errors
/// [`Failure`] unless there is one service or directory.
pub(crate) fn check(ask: &Ask) -> Result<(), Failure> {
    let can_grow = matches!(ask.addresses.as_slice(), [Address::Http(_) | Address::Dir(_)]);
    if ask.every.is_none() || can_grow {
        return Ok(());
    }
    let hint = "give one address or one directory; `--base` takes what to compare it with";
    Err(Failure::input("`--every` looks at one service or directory", Some(hint.to_owned())))
}

/// That the live mode is for a screen.
pub(crate) fn no_screen() -> Failure {
    let hint = "`heapglass record` takes snapshots without one";
    Failure::input("`--every` needs a terminal to show what comes", Some(hint.to_owned()))
}

/// How what is open grows, if it does.
pub(crate) fn live(ask: &Ask, loaded: &Loaded) -> Option<Live> {
    let images = Arc::clone(&loaded.images);
    let (every, address, limits) = (ask.every?, ask.addresses.first()?.clone(), ask.limits);
    let grow: Grow = match address {
        Address::Dir(_) => Box::new(files(address, (limits, images), loaded)),
        _ => Box::new(move |series, progress, now| {
            let growth = Growth { limits: &limits, images: &images, most: MOST, place: Place::ByTime, now };
            let grown = load::grow(series, &address, &growth, progress).map_err(|error| error.to_string())?;
            Ok(Some(Grown { series: grown.series, forgotten: grown.forgotten, skipped: Vec::new() }))
        }),
    };
    Some(Live { every, grow })
}

/// What became of a file of a directory.
enum Seen {
    /// It is in the series.
    Joined,
    /// It could not be read when it had this size, and why, until that was told.
    Refused(Option<u64>, Option<String>),
}

/// What is new in a directory. A file that cannot be read may be still being written: it is tried again when its size
/// is another, and told where it stays as it is.
fn files(
    folder: Address,
    (limits, images): (Limits, Arc<[Image]>),
    loaded: &Loaded,
) -> impl FnMut(&Arc<Series>, &Arc<Progress>, i64) -> Result<Option<Grown>, String> + Send + 'static {
    let joined = loaded.series.snapshots().iter().map(|one| (one.header.source.raw().to_owned(), Seen::Joined));
    let size = |name: &str| Address::parse(name).size();
    let skipped = loaded.skipped.iter().map(|one| &one.source);
    let refused = skipped.map(|name| (name.clone(), Seen::Refused(size(name), None)));
    let mut seen: HashMap<String, Seen> = joined.chain(refused).collect();
    move |series, progress, now| {
        let growth = Growth { limits: &limits, images: &images, most: MOST, place: Place::ByTime, now };
        let (mut all, mut told): (Option<Grown>, Vec<String>) = (None, Vec::new());
        for file in folder.members().map_err(|error| error.to_string())? {
            let (name, size) = (file.name(), file.size());
            match seen.get_mut(&name) {
                Some(Seen::Joined) => continue,
                Some(Seen::Refused(known, why)) if *known == size => {
                    told.extend(why.take().map(|why| format!("{name}: {why} (skipped)")));
                    continue;
                }
                Some(Seen::Refused(..)) | None => {}
            }
            let before = all.as_ref().map_or(series, |all| &all.series);
            match load::grow(before, &file, &growth, progress) {
                Ok(grown) => {
                    seen.insert(name, Seen::Joined);
                    let forgotten = grown.forgotten + all.map_or(0, |all| all.forgotten);
                    all = Some(Grown { series: grown.series, forgotten, skipped: Vec::new() });
                }
                Err(error) => drop(seen.insert(name, Seen::Refused(size, Some(error.to_string())))),
            }
        }
        if all.is_none() && told.is_empty() {
            return Ok(None);
        }
        let grown = all.unwrap_or_else(|| Grown { series: Arc::clone(series), forgotten: 0, skipped: Vec::new() });
        Ok(Some(Grown { skipped: told, ..grown }))
    }
}
