//! Explorer as a program of the terminal: the state machine and its paint.

use ratatui::buffer::Buffer;

use crate::app::mouse::MouseInput;
use crate::app::{self, App, Effect, Msg, jobs};
use crate::ui::{self, PaintCache};

use super::session::Program;

/// State and paint.
pub(crate) struct Explorer {
    app: App,
    dressed: PaintCache,
}

impl Explorer {
    /// Creates the explorer over a state.
    pub(crate) fn new(app: App) -> Self {
        let dressed = PaintCache::new(&app);
        Self { app, dressed }
    }
}

impl Program for Explorer {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = app::update(&mut self.app, msg);
        self.dressed.follow(&self.app);
        effects
    }

    fn draw(&self, buffer: &mut Buffer) {
        ui::draw(&self.app, self.dressed.paint(), buffer);
    }

    fn cursor(&self) -> Option<(u16, u16)> {
        ui::cursor(&self.app)
    }

    fn aim(&self, pointed: MouseInput) -> Msg {
        ui::aim(&self.app, pointed)
    }

    fn is_waiting(&self) -> bool {
        jobs::is_waiting(&self.app)
    }
}
