//! Process behind an address of this machine, whose memory is read from the kernel.

use std::sync::{Mutex, PoisonError};

use crate::source::http::Remote;
use crate::source::process::Listener;

use super::message::{MessageLine, warn};

/// Warnings that were printed: a process is looked for again and again.
static WARNED: Mutex<Vec<MessageLine>> = Mutex::new(Vec::new());

/// Process that answers for a service; `None` for a service elsewhere. If a local process cannot be told, a warning says
/// so, once.
pub(super) fn process_of(remote: &Remote) -> Option<u32> {
    let listener = Listener::of(&remote.local_address()?);
    if let Some(warning) = warning(&listener, &remote.authority()) {
        let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
        if !warned.contains(&warning) {
            warn(&warning);
            warned.push(warning);
        }
    }
    listener.process()
}

/// Warning about a listener that is not the process of the service; `None` if there is nothing to say.
fn warning(listener: &Listener, authority: &str) -> Option<MessageLine> {
    let line = match listener {
        Listener::Forwarder(name) => {
            format!(
                "`{name}` forwards {authority}: the resident memory and the limit of the process behind it are not known"
            )
        }
        Listener::Several => {
            format!("several processes listen on {authority}: the resident memory and the limit of none are read")
        }
        _ => return None,
    };
    let hint = "`heapglass record --pid PID` names a process of this machine";
    Some(MessageLine { line, hint: Some(hint.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_listener_that_is_not_the_service_is_warned_of() {
        let line = |listener: Listener| warning(&listener, "localhost:6060").map(|warning| warning.line);
        let forwarder = line(Listener::Forwarder("kubectl".to_owned())).unwrap();
        assert!(forwarder.starts_with("`kubectl` forwards localhost:6060: "), "{forwarder}");
        assert!(line(Listener::Several).unwrap().starts_with("several processes listen on localhost:6060"));
        assert_eq!([line(Listener::Unknown), line(Listener::Process(7))], [None, None]);
    }
}
