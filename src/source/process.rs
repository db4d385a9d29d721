//! Processes of this machine: the listener on a port, and the kernel's memory figures of a process.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Maximum number of bytes read from a kernel file. `memory.stat` has about a thousand.
const MOST: u64 = 64 << 10;

/// State of a listening socket in `/proc/net/tcp`.
const LISTENING: &str = "0A";

/// Process that listens on a TCP port of this machine; `None` if there is none, or if the process is not visible.
pub fn listener(port: u16) -> Option<u32> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let text = fs::read_to_string(table).ok()?;
        text.lines().skip(1).find_map(|line| socket_inode(line, port).map(str::to_owned))
    })?;
    let wanted = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let files = fs::read_dir(entry.path().join("fd")).ok()?;
        let is_listener = |file: fs::DirEntry| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == &*wanted);
        files.flatten().any(is_listener).then_some(pid)
    })
}

/// Inode of the socket in a line of the table if it listens on the port.
fn socket_inode(line: &str, port: u16) -> Option<&str> {
    let mut fields = line.split_whitespace();
    let local = fields.nth(1)?;
    let state = fields.nth(1)?;
    let (_, number) = local.rsplit_once(':')?;
    let is_wanted = state == LISTENING && u16::from_str_radix(number, 16) == Ok(port);
    fields.nth(5).filter(|_| is_wanted)
}

/// Kernel's memory figures of a process and of its container, as text, each file after a line `==> path <==`. Empty if
/// the process is gone.
pub fn memory_of(pid: u32) -> String {
    let mut text = String::new();
    let mut add = |path: &Path| {
        if let Some(content) = read(path) {
            let _ = write!(text, "==> {} <==\n{}\n\n", path.display(), content.trim_end());
        }
    };
    for name in ["status", "smaps_rollup"] {
        add(&PathBuf::from(format!("/proc/{pid}/{name}")));
    }
    if let Some(group) = ControlGroup::of(pid) {
        let names = if group.is_old {
            ["memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.stat"]
        } else {
            ["memory.current", "memory.peak", "memory.stat"]
        };
        for name in names {
            add(&group.folder.join(name));
        }
        if let Some(limit) = group.limit() {
            let _ = write!(text, "==> memory.max <==\n{limit}\n");
        }
    }
    text
}

/// Control group of a process, with its memory files.
struct ControlGroup {
    folder: PathBuf,
    /// Topmost directory of the group hierarchy.
    root: PathBuf,
    /// True for cgroup version 1.
    is_old: bool,
}

impl ControlGroup {
    fn of(pid: u32) -> Option<Self> {
        let text = read(Path::new(&format!("/proc/{pid}/cgroup")))?;
        // In a sidecar, the group of another container is visible through the root directory of its process.
        let theirs = PathBuf::from(format!("/proc/{pid}/root/sys/fs/cgroup"));
        for base in [PathBuf::from("/sys/fs/cgroup"), theirs] {
            for line in text.lines() {
                let mut parts = line.splitn(3, ':').skip(1);
                let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
                let is_old = controllers.split(',').any(|one| one == "memory");
                if !is_old && !controllers.is_empty() {
                    continue;
                }
                let root = if is_old { base.join("memory") } else { base.clone() };
                let relative = path.trim_start_matches('/');
                // The path of a group outside of this namespace contains `..`; in its own namespace the group is at the
                // root.
                let is_outside = relative.split('/').any(|part| part == "..");
                let folder = if is_outside { root.clone() } else { root.join(relative) };
                let name = if is_old { "memory.usage_in_bytes" } else { "memory.current" };
                for folder in [folder, root.clone()] {
                    if folder.join(name).exists() {
                        return Some(Self { folder, root, is_old });
                    }
                }
            }
        }
        None
    }

    fn limit(&self) -> Option<u64> {
        /// Smallest limit that means unlimited: whole pages a little below 2⁶³.
        const NONE: u64 = (i64::MAX as u64) - (1 << 20);
        let name = if self.is_old { "memory.limit_in_bytes" } else { "memory.max" };
        let groups = self.folder.ancestors().take_while(|folder| folder.starts_with(&self.root));
        let limits = groups.filter_map(|folder| read(&folder.join(name))?.trim().parse::<u64>().ok());
        limits.filter(|limit| *limit < NONE).min()
    }
}

/// First bytes of a file as text; `None` if the file cannot be read or is not text.
fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(MOST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_listening_socket_has_an_inode() {
        let line =
            "  0: 0100007F:17AD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100";
        assert_eq!(socket_inode(line, 0x17ad), Some("4711"));
        assert_eq!(socket_inode(line, 80), None);
        assert_eq!(socket_inode("  sl  local_address rem_address", 80), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_found_by_its_port_and_tells_its_memory() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(listener(socket.local_addr().unwrap().port()), Some(std::process::id()));
        let text = memory_of(std::process::id());
        assert!(text.starts_with("==> /proc/") && text.contains("VmRSS:"), "{text}");
        assert_eq!(memory_of(u32::MAX), "");
    }
}
