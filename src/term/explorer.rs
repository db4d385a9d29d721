//! Explorer as a program of the terminal: the state machine and its paint.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{self, App, Effect, Key, Msg, query};
use crate::view::frame::{self, Movement, PaintCache};
use crate::view::pointer::MouseInput;

use super::session::Program;

/// State and paint.
pub(crate) struct Explorer {
    app: App,
    paint_cache: PaintCache,
}

impl Explorer {
    /// Creates the explorer over a state.
    pub(crate) fn new(app: App) -> Self {
        let paint_cache = PaintCache::new(&app.environment.settings, &app.environment.setup.themes);
        Self { app, paint_cache }
    }
}

impl Program for Explorer {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = app::update(&mut self.app, msg);
        let environment = &self.app.environment;
        self.paint_cache.follow(&environment.settings, &environment.setup.themes);
        effects
    }

    fn draw(&self, buffer: &mut Buffer) {
        frame::draw(&self.app.screen(), self.paint_cache.paint(), buffer);
    }

    fn cursor(&self) -> Option<(u16, u16)> {
        frame::cursor(&self.app.screen())
    }

    fn hit_test(&self, pointed: MouseInput) -> Msg {
        let MouseInput { gesture, column, row } = pointed;
        Msg::Pointed { gesture, target: frame::hit_test(&self.app.screen(), column, row) }
    }

    fn is_waiting(&self) -> bool {
        query::is_waiting(&self.app)
    }

    fn movement(&self, key: Key) -> Option<Movement> {
        app::dispatch::movement(&self.app, key)
    }

    fn descriptions(&self, movement: Movement) -> Vec<Rect> {
        frame::descriptions(&self.app.screen(), movement)
    }
}
