//! The explorer as a program of the terminal: the state machine, and what it is drawn with.

use ratatui::buffer::Buffer;

use crate::app::{self, App, Effect, Msg, jobs};
use crate::paint::Paint;
use crate::ui;

use super::session::Program;

/// The state and the paint.
pub(crate) struct Explorer {
    app: App,
    paint: Paint,
}

impl Explorer {
    /// The explorer over a state, drawn with `paint`.
    pub(crate) fn new(app: App, paint: Paint) -> Self {
        Self { app, paint }
    }
}

impl Program for Explorer {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        app::update(&mut self.app, msg)
    }

    fn draw(&self, buffer: &mut Buffer) {
        ui::draw(&self.app, &self.paint, buffer);
    }

    fn cursor(&self) -> Option<(u16, u16)> {
        ui::cursor(&self.app)
    }

    fn is_waiting(&self) -> bool {
        jobs::is_waiting(&self.app)
    }
}
