//! What is to be known of the sources at all times: that it is not sure who answers, that what shows is live.

use crate::app::App;
use crate::app::live::PeerTrust;
use crate::base::safe_text;
use crate::paint::Role;

/// Something that lasts: in all words, and in as few as there may be room for.
pub struct PersistentNote {
    /// The longest first.
    pub forms: Vec<String>,
    /// How it is drawn.
    pub role: Role,
}

/// Everything that lasts, what matters most first.
pub fn lasting(app: &App) -> Vec<PersistentNote> {
    let mut all = Vec::new();
    if app.live.trust == PeerTrust::Anybody {
        let forms = ["insecure: certificates are not checked", "insecure"].map(str::to_owned).to_vec();
        all.push(PersistentNote { forms, role: Role::Warning });
    }
    let Some(period) = &app.live.period else { return all };
    let clock = |time: i64| (app.clock)(time);
    all.push(match (&app.live.away, app.live.came) {
        (Some((since, why)), _) => {
            let short = format!("live {period}, away since {}", clock(*since));
            let long = format!("{short}: {}", safe_text::safe_str(why));
            PersistentNote { forms: vec![long, short, format!("away {}", clock(*since))], role: Role::Warning }
        }
        (None, Some(came)) => {
            let forms = vec![format!("live {period}, last {}", clock(came)), format!("live {period}")];
            PersistentNote { forms, role: Role::Status }
        }
        (None, None) => PersistentNote { forms: vec![format!("live {period}")], role: Role::Status },
    });
    all
}
