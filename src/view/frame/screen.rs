//! Inputs of the frame.

use std::sync::Arc;

use crate::analysis::{Answer, Query};
use crate::config::settings::Settings;
use crate::profile::Series;
use crate::view::context::{Clock, ViewContext};
use crate::view::document::Document;
use crate::view::hint::Hint;
use crate::view::keys::KeyNames;
use crate::view::navigation::Navigation;
use crate::view::notice::Notice;
use crate::view::views::Views;

/// Inputs for drawing the screen.
#[derive(Debug)]
pub struct Screen<'a> {
    /// Answer on the screen, with its sources.
    pub document: &'a Document,
    /// Selection and zoom.
    pub navigation: &'a Navigation,
    /// State of the views.
    pub views: &'a Views,
    /// Last requested query, answered or not.
    pub wanted: &'a Query,
    /// Progress of the running reload.
    pub progress: Option<&'a str>,
    /// Error of the search pattern.
    pub refusal: Option<&'a str>,
    /// Display settings.
    pub settings: &'a Settings,
    /// Names of keys, for texts that mention a key.
    pub keys: &'a KeyNames,
    /// Conversion to local time.
    pub clock: Clock,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Notice in the status line.
    pub notice: Option<&'a Notice>,
    /// Hints of the footer, most useful first.
    pub hints: Vec<Hint>,
    /// Step of the tour, while it runs.
    pub tour: Option<TourText>,
}

/// Texts of a step of the tour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TourText {
    /// Number of the step, from 1.
    pub number: usize,
    /// Number of steps.
    pub count: usize,
    /// Keys to press before the key of the step.
    pub first: Vec<String>,
    /// Key of the step.
    pub key: String,
    /// Effect of the key, in words that follow the name of the key.
    pub effect: &'static str,
    /// Expected result.
    pub why: &'static str,
}

impl TourText {
    /// Keys to press before the key of the step, as the beginning of a sentence; empty if there are none.
    pub fn before_key(&self) -> String {
        if self.first.is_empty() { String::new() } else { format!("{} and then ", self.first.join(", ")) }
    }
}

impl<'a> Screen<'a> {
    /// View context of the answer on the screen.
    pub fn context(&self) -> ViewContext<'a> {
        self.context_of(&self.document.answer)
    }

    /// View context of another answer over the same tree.
    pub fn context_of(&self, answer: &'a Answer) -> ViewContext<'a> {
        ViewContext {
            answer,
            navigation: self.navigation,
            display: self.views.display,
            pane: self.views.pane,
            clock: self.clock,
            owners: &self.document.owners,
            keys: self.keys,
        }
    }

    /// Series of the answer.
    pub fn series(&self) -> &'a Arc<Series> {
        self.document.series()
    }
}
