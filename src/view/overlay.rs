//! Overlays: popups and prompts over the views. The uppermost overlay has the focus.

use crate::layout::panes::{ActiveView, Pane};
use crate::view::{explains, filters, help, page, palette, prompt};

/// Overlay over the views.
#[derive(Clone, Debug)]
pub enum Layer {
    /// Help.
    Help(help::HelpState),
    /// Full details.
    Details,
    /// Health findings.
    Health,
    /// Memory of the process.
    Memory,
    /// Search prompt.
    Find(prompt::state::PromptState),
    /// Filter prompt.
    Filter(filters::filter_prompt::FilterPromptState),
    /// Call sites that explain the growth.
    Explains(explains::ExplainsState),
    /// Command palette.
    Palette(Box<palette::state::PaletteState>),
    /// Text page.
    Page(page::PageState),
}

/// Owner of the keyboard focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Focus {
    Icicle,
    Table,
    Trend,
    Sandwich,
    Source,
    Labels,
    Instances,
    /// Full details.
    Details,
    Health,
    /// Memory of the process.
    Memory,
    Help,
    /// Search prompt.
    Prompt,
    /// Filter chips.
    Chips,
    /// Filter prompt.
    Filter,
    /// Call sites that explain the growth.
    Explains,
    /// Command palette.
    Palette,
    /// Text page.
    Page,
}

impl Focus {
    /// All owners.
    pub const ALL: [Self; 17] = [
        Self::Icicle,
        Self::Table,
        Self::Details,
        Self::Help,
        Self::Prompt,
        Self::Explains,
        Self::Trend,
        Self::Health,
        Self::Memory,
        Self::Chips,
        Self::Filter,
        Self::Sandwich,
        Self::Labels,
        Self::Instances,
        Self::Palette,
        Self::Page,
        Self::Source,
    ];

    /// Name of the focus, in words that follow "in".
    pub fn place(self) -> &'static str {
        match self {
            Self::Icicle => "the icicle",
            Self::Table => "the table",
            Self::Trend => "the trend",
            Self::Sandwich => "callers and callees",
            Self::Labels => "the labels",
            Self::Instances => "the instances",
            Self::Details => "the details in full",
            Self::Health => "the health",
            Self::Memory => "the memory",
            Self::Help => "the help",
            Self::Prompt => "the search prompt",
            Self::Chips => "the row of filters",
            Self::Filter => "the filter prompt",
            Self::Explains => "sites that explain it",
            Self::Palette => "the command prompt",
            Self::Page => "a page of text",
            Self::Source => "the source",
        }
    }

    /// Returns true if characters are text, not commands.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Help | Self::Prompt | Self::Filter | Self::Palette)
    }
}

/// Overlays, lowest first.
#[derive(Clone, Debug, Default)]
pub struct Stack(Vec<Layer>);

impl Stack {
    /// Uppermost overlay.
    pub fn top(&self) -> Option<&Layer> {
        self.0.last()
    }

    /// Uppermost overlay, mutable.
    pub fn top_mut(&mut self) -> Option<&mut Layer> {
        self.0.last_mut()
    }

    /// Overlays, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = &Layer> {
        self.0.iter()
    }

    /// Opens an overlay.
    pub fn push(&mut self, layer: Layer) {
        self.0.push(layer);
    }

    /// Closes the uppermost overlay.
    pub fn pop(&mut self) -> Option<Layer> {
        self.0.pop()
    }

    /// Owner of the focus. Without overlays this is the view `front`, or `pane` of the icicle view.
    pub fn focus(&self, front: ActiveView, pane: Pane) -> Focus {
        match (self.top(), pane) {
            (Some(Layer::Help(_)), _) => Focus::Help,
            (Some(Layer::Details), _) => Focus::Details,
            (Some(Layer::Health), _) => Focus::Health,
            (Some(Layer::Memory), _) => Focus::Memory,
            (Some(Layer::Find(_)), _) => Focus::Prompt,
            (Some(Layer::Filter(_)), _) => Focus::Filter,
            (Some(Layer::Explains(_)), _) => Focus::Explains,
            (Some(Layer::Palette(_)), _) => Focus::Palette,
            (Some(Layer::Page(_)), _) => Focus::Page,
            (None, _) if front == ActiveView::Trend => Focus::Trend,
            (None, _) if front == ActiveView::Sandwich => Focus::Sandwich,
            (None, _) if front == ActiveView::Source => Focus::Source,
            (None, _) if front == ActiveView::Labels => Focus::Labels,
            (None, _) if front == ActiveView::Instances => Focus::Instances,
            (None, Pane::Icicle) => Focus::Icicle,
            (None, Pane::Table) => Focus::Table,
        }
    }
}
