//! Processes of this machine: the listener on a port, and the kernel's memory figures of a process.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Maximum number of bytes read from a kernel file. `memory.stat` has about a thousand.
const MOST: u64 = 64 << 10;

/// State of a listening socket in `/proc/net/tcp`.
const LISTENING: &str = "0A";

/// Programs that accept connections for a process elsewhere. A further word after a dash is another program of the same
/// kind, such as `sshd-session`.
const FORWARDERS: [&str; 17] = [
    "conmon",
    "docker-proxy",
    "gvproxy",
    "haproxy",
    "kubectl",
    "kubefwd",
    "nc",
    "ncat",
    "oc",
    "passt",
    "pasta",
    "rootlesskit",
    "rootlessport",
    "slirp4netns",
    "socat",
    "ssh",
    "sshd",
];

/// TCP address of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalAddress {
    /// Addresses that a client connects to.
    pub hosts: Vec<IpAddr>,
    /// Port.
    pub port: u16,
}

/// Process that accepts the connections to a local address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Listener {
    /// No process, or one that is not visible.
    Unknown,
    /// One process.
    Process(u32),
    /// Program that forwards connections, by its name: the process behind it is not known.
    Forwarder(String),
    /// Several processes, one of which accepts a connection.
    Several,
}

impl Listener {
    /// Finds the process that listens on an address.
    pub fn of(address: &LocalAddress) -> Self {
        let inodes = current_inodes(address);
        let mut found = processes_with(&inodes);
        if found.len() > 1 {
            // A process that is starting a program has a copy for a moment, which shares its files.
            let again = processes_with(&inodes);
            found.retain(|process| again.contains(process));
        }
        let mut processes = found.into_iter();
        match (processes.next(), processes.next()) {
            (None, _) => Self::Unknown,
            (Some(process), None) => match program_name(process).filter(|name| is_forwarder(name)) {
                Some(name) => Self::Forwarder(name),
                None => Self::Process(process),
            },
            (Some(_), Some(_)) => Self::Several,
        }
    }

    /// Id of the process; `None` if the process is not known.
    pub fn process(&self) -> Option<u32> {
        match self {
            Self::Process(process) => Some(*process),
            Self::Unknown | Self::Forwarder(_) | Self::Several => None,
        }
    }
}

/// Returns true if a process has a socket open that accepts connections to an address. Other processes are not searched,
/// so that this is cheap enough for each reading of a service.
pub fn is_listener(process: u32, address: &LocalAddress) -> bool {
    let wanted = link_targets(&current_inodes(address));
    !wanted.is_empty() && has_any(Path::new(&format!("/proc/{process}/fd")), &wanted)
}

/// Inodes of the sockets that accept connections to an address now.
fn current_inodes(address: &LocalAddress) -> BTreeSet<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    listening_inodes(&tables, address)
}

/// Inodes of the sockets that accept connections to an address: those that listen on the address itself, else those
/// that listen on all addresses.
fn listening_inodes(tables: &[impl AsRef<str>], address: &LocalAddress) -> BTreeSet<String> {
    let lines = tables.iter().flat_map(|table| table.as_ref().lines().skip(1));
    let sockets: Vec<ListeningSocket<'_>> =
        lines.filter_map(ListeningSocket::parse).filter(|socket| socket.port == address.port).collect();
    let mut inodes = BTreeSet::new();
    for host in &address.hosts {
        let mut found: Vec<&ListeningSocket<'_>> = sockets.iter().filter(|socket| socket.host == *host).collect();
        if found.is_empty() {
            // A socket of all addresses of version 6 usually accepts version 4 too.
            let is_any = |socket: &&ListeningSocket<'_>| {
                socket.host.is_unspecified() && (host.is_ipv4() || socket.host.is_ipv6())
            };
            found.extend(sockets.iter().filter(is_any));
        }
        inodes.extend(found.into_iter().map(|socket| socket.inode.to_owned()));
    }
    inodes
}

/// Listening socket in a table of the kernel.
struct ListeningSocket<'a> {
    host: IpAddr,
    port: u16,
    inode: &'a str,
}

impl<'a> ListeningSocket<'a> {
    /// Parses a line of `/proc/net/tcp` or `/proc/net/tcp6`; `None` for a socket that does not listen.
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split_whitespace();
        let local = fields.nth(1)?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?;
        let (host, port) = local.rsplit_once(':')?;
        let socket = Self { host: host_of(host)?, port: u16::from_str_radix(port, 16).ok()?, inode };
        (state == LISTENING).then_some(socket)
    }
}

/// Parses an address of a table: words of 32 bits in the byte order of this machine. An address of version 4 in one of
/// version 6 is of version 4.
fn host_of(digits: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(digits.get(at * 8..(at + 1) * 8)?, 16).ok().map(u32::to_ne_bytes);
    match digits.len() {
        8 => Some(IpAddr::from(word(0)?)),
        32 => {
            let mut octets = [0; 16];
            for (at, part) in octets.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(at)?);
            }
            Some(IpAddr::from(octets).to_canonical())
        }
        _ => None,
    }
}

/// Processes that have one of these sockets open.
fn processes_with(inodes: &BTreeSet<String>) -> BTreeSet<u32> {
    let wanted = link_targets(inodes);
    let Some(processes) = fs::read_dir("/proc").ok().filter(|_| !wanted.is_empty()) else { return BTreeSet::new() };
    let found = processes.flatten().filter_map(|entry| {
        let process: u32 = entry.file_name().to_str()?.parse().ok()?;
        has_any(&entry.path().join("fd"), &wanted).then_some(process)
    });
    found.collect()
}

/// Targets of the links to sockets in the kernel's list of a process's open files.
fn link_targets(inodes: &BTreeSet<String>) -> BTreeSet<String> {
    inodes.iter().map(|inode| format!("socket:[{inode}]")).collect()
}

/// Returns true if a directory of open files has a link to one of these targets.
fn has_any(folder: &Path, wanted: &BTreeSet<String>) -> bool {
    let is_wanted = |file: fs::DirEntry| {
        fs::read_link(file.path()).is_ok_and(|to| to.to_str().is_some_and(|to| wanted.contains(to)))
    };
    fs::read_dir(folder).is_ok_and(|files| files.flatten().any(is_wanted))
}

/// Name of the program of a process, at most 15 bytes.
fn program_name(process: u32) -> Option<String> {
    read(Path::new(&format!("/proc/{process}/comm"))).map(|name| name.trim().to_owned())
}

fn is_forwarder(name: &str) -> bool {
    FORWARDERS.iter().any(|known| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
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

    /// Table with a line for each local address in hexadecimal, with the inodes 1, 2 and so on.
    fn table(sockets: &[(&str, &str)]) -> String {
        let line = |(at, (local, state)): (usize, &(&str, &str))| {
            format!(
                "{at}: {local} 00000000:00000000 {state} 00000000:00000000 00:00000000 00000000 0 0 {} 1 0\n",
                at + 1
            )
        };
        "  sl  local_address rem_address\n".to_owned() + &sockets.iter().enumerate().map(line).collect::<String>()
    }

    fn inodes(sockets: &[(&str, &str)], hosts: &[&str]) -> Vec<String> {
        let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
        listening_inodes(&[table(sockets)], &LocalAddress { hosts, port: 0x17ad }).into_iter().collect()
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn the_socket_of_the_address_is_found() {
        let (v4, any, other) = ("0100007F:17AD", "00000000:17AD", "0A00000A:17AD");
        let (v6, any6) = ("00000000000000000000000001000000:17AD", "00000000000000000000000000000000:17AD");
        let mapped = "0000000000000000FFFF00000100007F:17AD";
        let localhost = &["127.0.0.1", "::1"];
        assert_eq!(inodes(&[(v4, "0A")], localhost), ["1"]);
        assert_eq!(inodes(&[(v4, "01"), ("0100007F:0050", "0A"), ("nonsense", "0A")], localhost), [""; 0]);
        assert_eq!(inodes(&[(other, "0A"), (any, "0A")], localhost), ["2"], "another address is not this one");
        assert_eq!(inodes(&[(any, "0A"), (v4, "0A")], &["127.0.0.1"]), ["2"], "the address itself comes first");
        assert_eq!(inodes(&[(v4, "0A"), (v6, "0A")], localhost), ["1", "2"], "a client may reach either");
        assert_eq!(inodes(&[(v4, "0A"), (v6, "0A")], &["::1"]), ["2"]);
        assert_eq!(inodes(&[(any, "0A")], &["::1"]), [""; 0], "a socket of version 4 does not accept version 6");
        assert_eq!(inodes(&[(any6, "0A")], localhost), ["1"]);
        assert_eq!(inodes(&[(mapped, "0A")], &["127.0.0.1"]), ["1"]);
    }

    #[test]
    fn forwarders_are_known_by_their_names() {
        assert!(["kubectl", "ssh", "sshd-session", "docker-proxy", "rootlessport-ch"].into_iter().all(is_forwarder));
        assert!(!["server", "sshfs", "ncdu", "java", ""].into_iter().any(is_forwarder));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_found_by_its_port_and_tells_its_memory() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let at = |host: &str| LocalAddress { hosts: vec![host.parse().unwrap()], port };
        assert_eq!(Listener::of(&at("127.0.0.1")), Listener::Process(std::process::id()));
        assert_eq!(Listener::of(&at("127.0.0.2")), Listener::Unknown);
        let own = std::process::id();
        assert!(is_listener(own, &at("127.0.0.1")) && !is_listener(1, &at("127.0.0.1")));
        drop(socket);
        assert!(!is_listener(own, &at("127.0.0.1")), "a process that no longer listens is not the service");
        let text = memory_of(std::process::id());
        assert!(text.starts_with("==> /proc/") && text.contains("VmRSS:"), "{text}");
        assert_eq!(memory_of(u32::MAX), "");
    }
}
