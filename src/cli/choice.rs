//! Choice of the source to explore, if the given source is ambiguous: a store with several services, or a directory of
//! directories.

use std::path::{Path, PathBuf};

use crate::base::safe_text::safe_str;
use crate::base::units::counted;
use crate::load::{Progress, SourceGrouping};
use crate::source::{Address, Service, SourceError, Store};
use crate::term::{self, Choice, ChoiceRow, Chooser, Ending, SessionSetup, Watch};
use crate::view::frame::PaintCache;

use super::environment::{self, Variables};
use super::list;
use super::loading;
use super::message::{CliFailure, no_screen};
use super::preferences::Preferences;
use super::request::LoadPlan;
use super::save::WRITERS;

/// Source to explore.
pub(super) enum SourceChoice {
    /// The given sources.
    Given,
    /// Sources chosen by the user.
    Chosen(Box<LoadPlan>),
    /// No sources, because the user left the chooser.
    Left(Ending),
}

/// Lets the user choose if the only source is ambiguous.
///
/// # Errors
/// [`CliFailure`] if the store lists no services, or if there is no terminal.
pub(super) fn choose(
    ask: &LoadPlan,
    preferences: &Preferences,
    variables: Variables<'_>,
    watch: &Watch,
) -> Result<SourceChoice, CliFailure> {
    let screen = ChoiceScreen { ask, preferences, variables, watch };
    match ask.addresses.as_slice() {
        [Address::Store(store)] if store.query().is_none() => screen.service(store),
        [source] if ask.grouping == SourceGrouping::BySnapshot => match source.members() {
            Err(SourceError::OnlyDirectories(folders)) if folders.len() > 1 => screen.directory(source, folders),
            _ => Ok(SourceChoice::Given),
        },
        _ => Ok(SourceChoice::Given),
    }
}

/// Inputs of the chooser.
struct ChoiceScreen<'a> {
    ask: &'a LoadPlan,
    preferences: &'a Preferences,
    variables: Variables<'a>,
    watch: &'a Watch,
}

impl ChoiceScreen<'_> {
    /// Chooses a service of a store whose address does not name one.
    fn service(&self, store: &Store) -> Result<SourceChoice, CliFailure> {
        let progress = Progress::default();
        let waiting = Some(loading::waiting_for(&store.authority()));
        let services = loading::watched(&progress, waiting, || list::services(store));
        let services = services.map_err(|error| list::failure(store, error))?;
        let row = |service: &Service| {
            let labels = service.labels.iter().filter(|(_, values)| values.len() > 1);
            let counts = labels.map(|(name, values)| format!("{} {name}", values.len()));
            let facts: Vec<String> = std::iter::once(list::sample_types(service).join(", ")).chain(counts).collect();
            ChoiceRow { name: safe_str(&service.name).into_owned(), facts: safe_str(&facts.join(", ")).into_owned() }
        };
        let title = format!("{}: services with profiles", safe_str(store.shown()));
        self.show(title, services.iter().map(row).collect(), |row| {
            let name = services.get(row).map(|service| service.name.as_str()).unwrap_or_default();
            self.ask.with_source(Address::Store(store.clone().for_service(name)))
        })
    }

    /// Chooses one of the subdirectories of a directory without files, or all of them.
    fn directory(&self, source: &Address, folders: Vec<PathBuf>) -> Result<SourceChoice, CliFailure> {
        let members: Vec<Address> = folders.into_iter().map(Address::Dir).collect();
        let row = |member: &Address| {
            let files = member.members().map_or(0, |files| files.len());
            let name = member.name();
            let name =
                Path::new(&name).file_name().map_or_else(|| name.clone(), |name| name.to_string_lossy().into_owned());
            let facts = counted(files, "file");
            ChoiceRow { name: safe_str(&name).into_owned(), facts }
        };
        let all = ChoiceRow { name: "all".to_owned(), facts: "each directory is an instance (--each)".to_owned() };
        let rows = members.iter().map(row).chain([all]).collect();
        let title = format!("{}: directories with profiles", safe_str(&source.name()));
        self.show(title, rows, |row| match members.get(row) {
            Some(member) => self.ask.with_source(member.clone()),
            None => self.each(),
        })
    }

    /// Plan in which each directory is an instance.
    fn each(&self) -> LoadPlan {
        let mut plan = self.ask.clone();
        plan.grouping = SourceGrouping::BySource;
        plan.given.options.push("--each".to_owned());
        plan
    }

    /// Shows the rows, and returns a plan for the chosen row.
    fn show(
        &self,
        title: String,
        rows: Vec<ChoiceRow>,
        plan: impl FnOnce(usize) -> LoadPlan,
    ) -> Result<SourceChoice, CliFailure> {
        let settings = environment::settings(&self.ask.screen, self.variables);
        let paint = PaintCache::new(&settings, &self.preferences.themes).paint().clone();
        let work = SessionSetup {
            reload: Box::new(|_| Err(String::new())),
            deferred: None,
            writers: WRITERS,
            live: None,
            clipboard: environment::clipboard(self.variables),
            editor: environment::editor(self.variables),
            erase_background: environment::erase_background(self.variables),
        };
        let chooser = Chooser::new(title, rows, paint);
        Ok(match term::choose(chooser, work, self.watch).map_err(|error| no_screen(&error))? {
            Choice::Left(ending) => SourceChoice::Left(ending),
            Choice::Row(row) => SourceChoice::Chosen(Box::new(plan(row))),
        })
    }
}
