//! Persistent notes in the status line: unverified TLS, live mode, outage.

use crate::base::safe_text;
use crate::paint::Role;
use crate::view::frame::Screen;
use crate::view::source_status::{Outage, TlsVerification};

/// Persistent note in a long form and shorter ones.
pub struct PersistentNote {
    /// Forms, longest first.
    pub forms: Vec<String>,
    /// Style.
    pub role: Role,
    /// True if the note must never give way to a message.
    pub is_vital: bool,
}

/// All persistent notes, most important first.
pub fn persistent_notes(screen: &Screen) -> Vec<PersistentNote> {
    let mut all = Vec::new();
    if screen.document.live.tls_verification == TlsVerification::Unverified {
        let forms = ["insecure: certificates are not verified", "insecure"].map(str::to_owned).to_vec();
        all.push(PersistentNote { forms, role: Role::Warning, is_vital: true });
    }
    let Some(period) = &screen.document.live.period else { return all };
    let clock = |time: i64| screen.clock.of(screen.series(), time);
    all.push(match (screen.document.live.current_outage(), screen.document.live.last_snapshot_time) {
        (Some(Outage { since, reason, .. }), _) => {
            let short = format!("live {period}, down since {}", clock(*since));
            let long = format!("{short}: {}", safe_text::safe_str(reason));
            let forms = vec![long, short, format!("down {}", clock(*since))];
            PersistentNote { forms, role: Role::Warning, is_vital: true }
        }
        (None, Some(time)) => {
            let forms = vec![format!("live {period}, last {}", clock(time)), format!("live {period}")];
            PersistentNote { forms, role: Role::Status, is_vital: false }
        }
        (None, None) => PersistentNote { forms: vec![format!("live {period}")], role: Role::Status, is_vital: false },
    });
    all
}
