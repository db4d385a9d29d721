//! Cache of the paint: recomputed when a command changes the display settings.

use crate::app::App;
use crate::config::settings::Settings;
use crate::paint::Paint;

/// Paint, with the settings that it was made for.
#[derive(Clone, Debug)]
pub struct PaintCache {
    settings: Settings,
    paint: Paint,
}

impl PaintCache {
    /// Creates the paint for the current settings.
    pub fn new(app: &App) -> Self {
        let settings = app.settings.clone();
        // A theme name is checked when it is set.
        let theme = app.setup.themes.find(&settings.theme).unwrap_or_default();
        let paint = Paint::new(&theme, settings.depth, settings.glyphs);
        Self { settings, paint }
    }

    /// Recomputes the paint if the settings have changed.
    pub fn follow(&mut self, app: &App) {
        if self.settings != app.settings {
            *self = Self::new(app);
        }
    }

    /// Paint.
    pub fn paint(&self) -> &Paint {
        &self.paint
    }
}
