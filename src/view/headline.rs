//! Headline of the screen: the answer in one line, with the key for the next step.

use crate::analysis::{Answer, Headline, NextStep, SEPARATOR, Trends, headline_and_step};
use crate::base::width::{cut_middle, width};
use crate::view::keys::{KeyNames, KeyRef};

/// Headline of the answer on the screen, computed when the answer or its trends change.
#[derive(Clone, Debug, Default)]
pub struct HeadlineState {
    headline: Headline,
}

impl HeadlineState {
    /// Computes the headline of an answer; `trends` are `None` until they are known.
    pub fn set_answer(&mut self, answer: &Answer, trends: Option<&Trends>) {
        self.headline = headline_and_step(answer, trends);
    }

    /// Text of up to `room` cells. Where it is too long, a form with the cause of a growth is preferred; else the last
    /// parts are left out first, the key last.
    pub fn text(&self, keys: &KeyNames, room: usize) -> String {
        let key = self.headline.next.map(|step| hint(step, keys)).unwrap_or_default();
        let tail = if key.is_empty() { 0 } else { width(SEPARATOR) + width(&key) };
        let forms = std::iter::once(&self.headline.text).chain(&self.headline.shorter);
        let fits = |form: &&String| width(form) + tail <= room;
        // After the trends, a form that stands for all parts is better than the first parts.
        let mut text = forms.into_iter().find(fits).unwrap_or(&self.headline.text).as_str();
        while width(text) + tail > room
            && let Some((before, _)) = text.rsplit_once(SEPARATOR)
        {
            text = before;
        }
        if tail > 0 && width(text) + tail <= room {
            return format!("{text}{SEPARATOR}{key}");
        }
        // A long name loses its middle: the figure behind it is the answer.
        cut_middle(text, room).into_owned()
    }
}

/// Key of a step and its effect.
fn hint(step: NextStep, keys: &KeyNames) -> String {
    let (key, effect) = match step {
        NextStep::Trend => (KeyRef::ViewTrend, "trend"),
        NextStep::Compare => (KeyRef::Diff, "diff"),
        NextStep::HideAllocator => (KeyRef::Filter, "hides it"),
        NextStep::Flip => (KeyRef::Flip, "flips them"),
        NextStep::Explain => (KeyRef::Explain, "explains it"),
    };
    format!("{} {effect}", keys.of(key))
}
