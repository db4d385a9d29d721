//! The paint that goes with the settings of the moment: made again when a command changes them.

use crate::app::App;
use crate::config::settings::Settings;
use crate::paint::Paint;

/// A paint, and what it was made for.
#[derive(Clone, Debug)]
pub struct PaintCache {
    settings: Settings,
    paint: Paint,
}

impl PaintCache {
    /// The paint for the settings of a program.
    pub fn new(app: &App) -> Self {
        let settings = app.settings.clone();
        // Whoever sets a theme has looked whether there is one.
        let theme = app.setup.themes.find(&settings.theme).unwrap_or_default();
        let paint = Paint::new(&theme, settings.depth, settings.glyphs);
        Self { settings, paint }
    }

    /// Makes the paint again where the settings have changed.
    pub fn follow(&mut self, app: &App) {
        if self.settings != app.settings {
            *self = Self::new(app);
        }
    }

    /// The paint.
    pub fn paint(&self) -> &Paint {
        &self.paint
    }
}
