//! Screen: the inputs of drawing a frame, collected from the state.

use crate::app::footer::hints;
use crate::app::tour_steps::STEPS;
use crate::app::{App, tour};
use crate::view::frame::{Screen, TourText};

impl App {
    /// Inputs of drawing and hit-testing.
    pub fn screen(&self) -> Screen<'_> {
        let Self { document, navigation, views, tasks, environment, notice } = self;
        let tour = environment.tour.step().map(|(at, step)| TourText {
            number: at + 1,
            count: STEPS.len(),
            first: tour::first_keys(self, step),
            key: environment.keys.of(step.key).into_owned(),
            effect: step.effect,
            why: step.why,
        });
        Screen {
            document,
            navigation,
            views,
            wanted: tasks.jobs.wanted(),
            progress: tasks.jobs.progress(),
            refusal: tasks.find.refusal(),
            settings: &environment.settings,
            keys: &environment.keys,
            clock: environment.clock,
            size: environment.size,
            notice: notice.as_ref(),
            hints: hints(self),
            tour,
        }
    }
}
