//! Programs and libraries that provide symbols (`--binary`), read before the first profile.

use std::io::Read;
use std::sync::Arc;

use super::{LoadError, Reason, SkippedSource};
use crate::base::limits::{Budget, LimitError, LimitKind, Limits};
use crate::format::CHUNK;
use crate::profile::Origin;
use crate::source::http::CancelCheck;
use crate::source::{Address, SourceError};
use crate::symbolize::{Image, ImageError};

/// Reads the binaries that provide symbols. Their memory stays charged, since a reload needs them in addition to the
/// series on the screen.
pub(super) fn images(binaries: &[Address], limits: &Limits, budget: &mut Budget) -> Result<Vec<Image>, LoadError> {
    let read = |file: &Address, budget: &mut Budget| -> Result<Image, Reason> {
        let mut bytes = Vec::new();
        let is_cancelled: CancelCheck = Arc::new(|| false);
        let mut source = file.open_limited(limits.input, &is_cancelled)?.take(limits.input.saturating_add(1));
        loop {
            if bytes.capacity() - bytes.len() < CHUNK {
                budget.grow(&mut bytes, CHUNK).map_err(ImageError::from)?;
            }
            let before = bytes.len();
            source.by_ref().take(CHUNK as u64).read_to_end(&mut bytes).map_err(SourceError::from)?;
            if bytes.len() as u64 > limits.input {
                let (kind, subject) = (LimitKind::Input, "the size of this binary");
                return Err(ImageError::Limit(LimitError { kind, subject, limit: limits.input }).into());
            }
            if bytes.len() == before {
                break;
            }
        }
        // Debug sections may be compressed.
        let mut inflated = Budget::new(budget.left().min(limits.inflated));
        let image = Image::new(file.name(), bytes, &mut inflated).map_err(|error| match error {
            ImageError::Limit(_) if limits.inflated < budget.left() => ImageError::Limit(LimitError {
                kind: LimitKind::Inflated,
                subject: "the size of this binary once inflated",
                limit: limits.inflated,
            }),
            ImageError::Limit(limit) => ImageError::Limit(LimitError { limit: limits.memory, ..limit }),
            other => other,
        })?;
        budget.charge(inflated.used()).map_err(ImageError::from)?;
        Ok(image)
    };
    let mut images = Vec::new();
    for file in binaries {
        let failed = |reason| LoadError::Binary(SkippedSource { source: file.name(), reason, origin: Origin::Named });
        images.push(read(file, budget).map_err(failed)?);
    }
    Ok(images)
}
