//! Instances by source: their names, and the subdirectories of a directory.

use std::sync::Arc;

use crate::source::{Address, SourceError};

/// Grouping of the sources of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceGrouping {
    /// Instances are detected from the snapshots; services are distinguished by their addresses.
    #[default]
    BySnapshot,
    /// Every source is an instance: a file, a directory, an archive, a service.
    BySource,
}

/// Source with the name of its instance.
#[derive(Clone, Debug)]
pub struct InstanceSource {
    /// Address.
    pub address: Address,
    /// Name of the instance; `None` if it is detected from the snapshots.
    pub instance: Option<Arc<str>>,
}

/// Returns sources with the names of their instances. If every source is an instance, a directory that contains only
/// directories is replaced by these.
pub fn instance_sources(sources: &[Address], grouping: SourceGrouping) -> Vec<InstanceSource> {
    let are_services = sources.len() > 1 && sources.iter().all(|source| source.remote().is_some());
    if grouping == SourceGrouping::BySnapshot && !are_services {
        return sources.iter().map(|address| InstanceSource { address: address.clone(), instance: None }).collect();
    }
    let addresses: Vec<Address> = sources
        .iter()
        .flat_map(|source| match source.members() {
            Err(SourceError::OnlyDirectories(folders)) => folders.into_iter().map(Address::Dir).collect(),
            _ => vec![source.clone()],
        })
        .collect();
    let names = names_by_process(&addresses);
    addresses
        .into_iter()
        .zip(names)
        .map(|(address, name)| InstanceSource { address, instance: Some(name.into()) })
        .collect()
}

/// Names of the instances of addresses. Several profiles of one process, such as `heap` and `allocs`, are one instance.
fn names_by_process(addresses: &[Address]) -> Vec<String> {
    let mut processes: Vec<(Option<String>, &Address)> = Vec::new();
    let mut places: Vec<usize> = Vec::with_capacity(addresses.len());
    for address in addresses {
        let process = process(address);
        let known = process.as_ref().and_then(|_| processes.iter().position(|(known, _)| *known == process));
        places.push(known.unwrap_or(processes.len()));
        if known.is_none() {
            processes.push((process, address));
        }
    }
    let first: Vec<Address> = processes.into_iter().map(|(_, address)| address.clone()).collect();
    let names = names(&first);
    places.into_iter().map(|place| names[place].clone()).collect()
}

/// Process of a service: its host, and the path and the options by which a proxy finds it, without the name of the profile
/// and the options of the profile. `None` for other sources, which are never of one process.
fn process(address: &Address) -> Option<String> {
    /// Options of pages of profiles.
    const PROFILE_OPTIONS: [&str; 3] = ["debug", "gc", "seconds"];
    let remote = address.remote()?;
    let name = address.name();
    let (path, query) = name.split_once('?').unwrap_or((&name, ""));
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let folder = path.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = folder.split_once('/').map_or("", |(_, folder)| folder);
    let is_of_process = |option: &&str| !PROFILE_OPTIONS.contains(&option.split('=').next().unwrap_or_default());
    let options: Vec<&str> = query.split('&').filter(is_of_process).collect();
    Some(format!("{}/{folder}?{}", remote.authority(), options.join("&")))
}

/// Names of instances: the host of a service, the name of a file or directory. Equal names are distinguished by the
/// parts of their addresses that differ, else by numbers.
fn names(addresses: &[Address]) -> Vec<String> {
    let parts: Vec<Vec<String>> = addresses.iter().map(parts).collect();
    let short: Vec<&str> = addresses.iter().zip(&parts).map(|(address, parts)| short_name(address, parts)).collect();
    let mut names: Vec<String> = Vec::with_capacity(addresses.len());
    for (at, name) in short.iter().enumerate() {
        let alike: Vec<&Vec<String>> =
            parts.iter().zip(&short).filter(|(_, other)| *other == name).map(|(parts, _)| parts).collect();
        names.push(if alike.len() == 1 { (*name).to_owned() } else { differing(&parts[at], &alike) });
    }
    for at in 1..names.len() {
        let same = names[..at].iter().filter(|known| **known == names[at]).count();
        if same > 0 {
            names[at] = format!("{}#{}", names[at], same + 1);
        }
    }
    names
}

fn short_name<'a>(address: &Address, parts: &'a [String]) -> &'a str {
    let part = if address.remote().is_some() { parts.first() } else { parts.last() };
    part.map_or("", String::as_str)
}

/// Host and path segments of a service, or folders and name of a file. The name has no extensions.
fn parts(address: &Address) -> Vec<String> {
    if let Some(remote) = address.remote() {
        let name = address.name();
        let path = name.split_once("://").map_or(&*name, |(_, rest)| rest);
        let segments = path.split(['/', '?', '&']).skip(1).filter(|segment| !segment.is_empty());
        return std::iter::once(remote.authority()).chain(segments.map(str::to_owned)).collect();
    }
    if let Address::Store(store) = address {
        return vec![store.authority(), store.query().unwrap_or_default().trim_matches(['{', '}']).to_owned()];
    }
    let name = address.name();
    let mut parts: Vec<String> =
        name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
    if let (false, Some(last)) = (matches!(address, Address::Dir(_)), parts.last_mut()) {
        // A hidden file keeps its name.
        let end = last.char_indices().skip(1).find(|(_, letter)| *letter == '.').map_or(last.len(), |(at, _)| at);
        last.truncate(end);
    }
    parts
}

/// Parts of an address that differ from the others; all parts if the numbers of parts differ.
fn differing(parts: &[String], others: &[&Vec<String>]) -> String {
    let is_same_length = others.iter().all(|other| other.len() == parts.len());
    let differs = |at: &usize| !is_same_length || others.iter().any(|other| other[*at] != parts[*at]);
    let chosen: Vec<&str> = (0..parts.len()).filter(differs).map(|at| parts[at].as_str()).collect();
    if chosen.is_empty() { parts.last().cloned().unwrap_or_default() } else { chosen.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Vec<String> {
        names_by_process(&texts.iter().map(Address::parse).collect::<Vec<_>>())
    }

    #[test]
    fn an_instance_has_the_name_that_tells_it_from_the_others() {
        assert_eq!(of(&["a/one.pb.gz", "a/two.v2.pb.gz", "three"]), ["one", "two", "three"]);
        assert_eq!(of(&["pod-a/heap.pb.gz", "pod-b/heap.pb.gz"]), ["pod-a", "pod-b"]);
        assert_eq!(of(&["x/heap.pb.gz", "heap.pb.gz", "heap.pb.gz"]), ["x/heap", "heap", "heap#2"]);
        assert_eq!(of(&["./src", "tests"]), ["src", "tests"]);
    }

    #[cfg(feature = "net")]
    #[test]
    fn a_service_has_the_name_of_its_host_or_of_its_path_behind_a_proxy() {
        assert_eq!(of(&["http://pod-1:6060", "http://me:hush@pod-2:6060/x"]), ["pod-1:6060", "pod-2:6060"]);
        let proxy =
            |pod: &str| format!("http://127.0.0.1:8001/api/v1/namespaces/shop/pods/{pod}/proxy/debug/pprof/heap");
        assert_eq!(of(&[&proxy("cart-a:6060"), &proxy("cart-b:6060")]), ["cart-a:6060", "cart-b:6060"]);
    }

    #[cfg(feature = "net")]
    #[test]
    fn profiles_of_one_process_are_one_instance() {
        let heap = "http://pod-1:6060/debug/pprof/heap";
        let same = [heap, "http://pod-1:6060/debug/pprof/allocs?debug=1", heap, "http://pod-2:6060"];
        assert_eq!(of(&same), ["pod-1:6060", "pod-1:6060", "pod-1:6060", "pod-2:6060"]);
        let by_option = ["http://p:1/heap?pod=a", "http://p:1/heap?pod=b", "http://p:1/allocs?pod=b&gc=1"];
        let names = of(&by_option);
        assert!(names[0] != names[1] && names[1] == names[2], "{names:?}");
    }

    #[test]
    fn sources_are_instances_where_that_is_asked_for() {
        let files = ["a.pb.gz", "b.pb.gz"].map(Address::parse);
        assert!(instance_sources(&files, SourceGrouping::BySnapshot).iter().all(|source| source.instance.is_none()));
        let each = instance_sources(&files, SourceGrouping::BySource);
        let names: Vec<_> = each.iter().filter_map(|source| source.instance.as_deref()).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
