//! Cache of the paint: recomputed when a command changes the display settings.

use crate::config::settings::Settings;
use crate::config::themes::Themes;
use crate::paint::Paint;

/// Paint, with the settings that it was made for.
#[derive(Clone, Debug)]
pub struct PaintCache {
    settings: Settings,
    paint: Paint,
}

impl PaintCache {
    /// Creates the paint for the current settings.
    pub fn new(settings: &Settings, themes: &Themes) -> Self {
        let settings = settings.clone();
        // A theme name is checked when it is set.
        let theme = themes.find(&settings.theme).unwrap_or_default();
        let paint = Paint::new(&theme, settings.depth, settings.glyphs);
        Self { settings, paint }
    }

    /// Recomputes the paint if the settings have changed.
    pub fn follow(&mut self, settings: &Settings, themes: &Themes) {
        if self.settings != *settings {
            *self = Self::new(settings, themes);
        }
    }

    /// Paint.
    pub fn paint(&self) -> &Paint {
        &self.paint
    }
}
