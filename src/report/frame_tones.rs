//! Tones of the frames and nodes of an answer, and the legend of the tones that are drawn.

use std::borrow::Cow;

use crate::analysis::filter::CodeOwner;
use crate::analysis::{ChangeStrength, frame_owners};
use crate::base::ids::{FrameId, NodeId};
use crate::base::names;
use crate::base::safe_text::safe_str;
use crate::profile::UNOWNED;

use super::Subject;
use super::tone::{PACKAGES, Tone};

/// Tones of the frames of an answer.
pub(super) struct FrameTones<'a> {
    subject: Subject<'a>,
    /// Tone of each frame by its owner or package.
    by_frame: Vec<Tone>,
    /// Owners by the rules of the series, in the order of their tones; empty without rules.
    owners: Vec<&'a str>,
}

impl<'a> FrameTones<'a> {
    /// Finds the owner of every frame.
    pub(super) fn new(subject: &Subject<'a>) -> Self {
        let (answer, frames) = (subject.answer, subject.tree().frames());
        if answer.series.owners().is_some() {
            return Self::by_owner(subject);
        }
        let mut is_known = false;
        let mut by_frame: Vec<Tone> = frames
            .ids()
            .map(|frame| {
                if frame == FrameId::ROOT || !frames.is_symbolized(frame) {
                    return if frame == FrameId::ROOT { Tone::Root } else { Tone::Unsymbolized };
                }
                let owner = answer.owner(frame);
                is_known |= owner.is_some();
                owner.map_or(Tone::Root, Tone::of_owner)
            })
            .collect();
        if !is_known {
            for frame in frames.ids().skip(1) {
                if by_frame[frame.index()] != Tone::Root {
                    continue;
                }
                let package = names::package_of(answer.language, frames.shown(frame));
                let number = names::package_number(package) % u32::from(PACKAGES);
                by_frame[frame.index()] = Tone::Package(u8::try_from(number).unwrap_or(0));
            }
        }
        Self { subject: *subject, by_frame, owners: Vec::new() }
    }

    /// Finds the owner of every frame by the rules of the series.
    fn by_owner(subject: &Subject<'a>) -> Self {
        let mut owners: Vec<&str> = Vec::new();
        let tone = |owner: &'a str| {
            if owner == UNOWNED {
                return Tone::Root;
            }
            let at = owners.iter().position(|known| *known == owner).unwrap_or_else(|| {
                owners.push(owner);
                owners.len() - 1
            });
            Tone::Package(u8::try_from(at % usize::from(PACKAGES)).unwrap_or(0))
        };
        let by_frame = frame_owners(subject.answer).into_iter().map(tone).collect();
        Self { subject: *subject, by_frame, owners }
    }

    /// Tone of a frame by its owner.
    pub(super) fn of_frame(&self, frame: FrameId) -> Tone {
        self.by_frame[frame.index()]
    }

    /// Tone of a node: its change in a comparison, else the owner of its frame.
    pub(super) fn of_node(&self, node: NodeId) -> Tone {
        match (self.subject.answer.pair(), &self.subject.answer.base) {
            (Some(pair), Some(base)) => Tone::of_change(&pair.total(node), base.changes.color_steps),
            _ => self.of_frame(self.subject.tree().frame(node)),
        }
    }

    /// Legend entries of the tones that `used` accepts.
    pub(super) fn legend(&self, used: impl Fn(Tone) -> bool) -> Vec<(Tone, String)> {
        let unit = self.subject.unit();
        let marks = self.subject.answer.base.as_ref().map_or([0; 2], |base| base.changes.color_steps);
        let [medium, strong] = marks.map(|mark| unit.short(mark));
        let size = |strength| match strength {
            ChangeStrength::Light => format!("under {medium}"),
            ChangeStrength::Medium => format!("from {medium}"),
            ChangeStrength::Strong => format!("from {strong}"),
        };
        let word = |tone| match tone {
            Tone::Root if !self.owners.is_empty() => UNOWNED.to_owned(),
            Tone::Root | Tone::Package(_) => "owner not known".to_owned(),
            Tone::Gathered => "too narrow to be drawn".to_owned(),
            Tone::FirstParty => CodeOwner::FirstParty.word().to_owned(),
            Tone::Vendor => CodeOwner::Vendor.word().to_owned(),
            Tone::Standard => CodeOwner::Standard.word().to_owned(),
            Tone::Runtime => CodeOwner::Runtime.word().to_owned(),
            Tone::Unsymbolized => "address without a name".to_owned(),
            Tone::Same => "same or noise".to_owned(),
            Tone::Grew(strength) => format!("grew {}", size(strength)),
            Tone::Shrank(strength) => format!("shrank {}", size(strength)),
        };
        // With more owners than tones, several owners share a tone.
        let owners = (0..PACKAGES).filter(|_| !self.owners.is_empty()).map(|at| {
            let names = self.owners.iter().skip(usize::from(at)).step_by(usize::from(PACKAGES));
            let names: Vec<Cow<'_, str>> = names.map(|name| safe_str(name)).collect();
            (Tone::Package(at), names.join(", "))
        });
        let roles = Tone::ROLES.into_iter().map(|tone| (tone, word(tone)));
        owners.chain(roles).filter(|(tone, _)| used(*tone)).collect()
    }
}
