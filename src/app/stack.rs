//! What stands over the views, and so has the keys: the uppermost first.

use crate::layout::panes::{ActiveView, Pane};
use crate::view::{explains, filters, help, page, palette, prompt};

/// Something over the views.
#[derive(Clone, Debug)]
pub enum Layer {
    /// The help.
    Help(help::HelpState),
    /// The details in full.
    Details,
    /// The health.
    Health,
    /// The prompt of the search.
    Find(prompt::state::PromptState),
    /// The prompt of a filter.
    Filter(filters::ask::FilterPromptState),
    /// What explains the growth.
    Explains(explains::ExplainsState),
    /// The command palette.
    Palette(Box<palette::state::PaletteState>),
    /// A page of text.
    Page(page::PageState),
}

/// Who has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Focus {
    /// The icicle.
    Icicle,
    /// The table.
    Table,
    /// The trend.
    Trend,
    /// The sandwich.
    Sandwich,
    /// The source.
    Source,
    /// The labels.
    Labels,
    /// The details in full.
    Details,
    /// The health.
    Health,
    /// The help.
    Help,
    /// The prompt.
    Prompt,
    /// The chips of the filters.
    Chips,
    /// The prompt of a filter.
    Filter,
    /// What explains the growth.
    Explains,
    /// The command palette.
    Palette,
    /// A page of text.
    Page,
}

impl Focus {
    /// Everyone who can have the keys.
    pub const ALL: [Self; 15] = [
        Self::Icicle,
        Self::Table,
        Self::Details,
        Self::Help,
        Self::Prompt,
        Self::Explains,
        Self::Trend,
        Self::Health,
        Self::Chips,
        Self::Filter,
        Self::Sandwich,
        Self::Labels,
        Self::Palette,
        Self::Page,
        Self::Source,
    ];

    /// Where the keys are, in words that follow "in".
    pub fn place(self) -> &'static str {
        match self {
            Self::Icicle => "the icicle",
            Self::Table => "the table",
            Self::Trend => "the trend",
            Self::Sandwich => "callers and callees",
            Self::Labels => "the labels",
            Self::Details => "the details in full",
            Self::Health => "the health",
            Self::Help => "the help",
            Self::Prompt => "the search prompt",
            Self::Chips => "the row of filters",
            Self::Filter => "the filter prompt",
            Self::Explains => "what explains the growth",
            Self::Palette => "the command prompt",
            Self::Page => "a page of text",
            Self::Source => "the source",
        }
    }

    /// Whether characters are text, not commands.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Help | Self::Prompt | Self::Filter | Self::Palette)
    }
}

/// The layers, the uppermost last.
#[derive(Clone, Debug, Default)]
pub struct Stack(Vec<Layer>);

impl Stack {
    /// The uppermost layer.
    pub fn top(&self) -> Option<&Layer> {
        self.0.last()
    }

    /// The uppermost layer, to be changed.
    pub fn top_mut(&mut self) -> Option<&mut Layer> {
        self.0.last_mut()
    }

    /// The layers, the lowest first.
    pub fn iter(&self) -> impl Iterator<Item = &Layer> {
        self.0.iter()
    }

    /// Puts a layer on top.
    pub fn push(&mut self, layer: Layer) {
        self.0.push(layer);
    }

    /// Takes the uppermost layer away.
    pub fn pop(&mut self) -> Option<Layer> {
        self.0.pop()
    }

    /// Who has the keys, where `pane` of the view in front has them under all layers.
    pub fn focus(&self, front: ActiveView, pane: Pane) -> Focus {
        match (self.top(), pane) {
            (Some(Layer::Help(_)), _) => Focus::Help,
            (Some(Layer::Details), _) => Focus::Details,
            (Some(Layer::Health), _) => Focus::Health,
            (Some(Layer::Find(_)), _) => Focus::Prompt,
            (Some(Layer::Filter(_)), _) => Focus::Filter,
            (Some(Layer::Explains(_)), _) => Focus::Explains,
            (Some(Layer::Palette(_)), _) => Focus::Palette,
            (Some(Layer::Page(_)), _) => Focus::Page,
            (None, _) if front == ActiveView::Trend => Focus::Trend,
            (None, _) if front == ActiveView::Sandwich => Focus::Sandwich,
            (None, _) if front == ActiveView::Source => Focus::Source,
            (None, _) if front == ActiveView::Labels => Focus::Labels,
            (None, Pane::Icicle) => Focus::Icicle,
            (None, Pane::Table) => Focus::Table,
        }
    }
}
