//! Stable ids of nodes: the same path of calls has the same id in every sample type, window and session.
//!
//! An id is the 64-bit FNV-1a hash of the names on the way to a node. It does not depend on the order of nodes, which a
//! filter or another file changes.

use std::fmt;

use crate::analysis::CallTree;
use crate::base::ids::NodeId;

/// Start value of FNV-1a.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// Factor of FNV-1a.
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// Byte between two names; it occurs in no UTF-8 text.
const SEPARATOR: u8 = 0xff;

/// Id of a path of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PathId(u64);

impl PathId {
    /// Id of the root.
    pub const ROOT: Self = Self(OFFSET);

    /// Id of a callee with this name.
    #[must_use]
    pub fn child(self, name: &str) -> Self {
        let bytes = name.bytes().chain(std::iter::once(SEPARATOR));
        Self(bytes.fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }

    /// Id of a node.
    pub fn of(tree: &CallTree, node: NodeId) -> Self {
        let names = tree.path(node).into_iter().skip(1).map(|node| tree.frames().name(tree.frame(node)));
        names.fold(Self::ROOT, Self::child)
    }

    /// Parses an id: 16 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| u64::from_str_radix(text, 16).ok().map(Self))?
    }

    /// Finds the node with this id; `None` if the tree has no such path.
    pub fn find(self, tree: &CallTree) -> Option<NodeId> {
        // Ends of the subtrees around the current node, with the ids of their nodes.
        let mut open = vec![(tree.len(), Self::ROOT)];
        if self == Self::ROOT {
            return Some(CallTree::ROOT);
        }
        for node in (1..tree.len()).map(NodeId::new) {
            while open.pop_if(|(end, _)| *end <= node.index()).is_some() {}
            let above = open.last().map_or(Self::ROOT, |(_, id)| *id);
            let id = above.child(tree.frames().name(tree.frame(node)));
            if id == self {
                return Some(node);
            }
            open.push((tree.end(node), id));
        }
        None
    }
}

impl fmt::Display for PathId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_printed_and_read_and_tell_paths_apart() {
        let id = PathId::ROOT.child("a").child("b");
        assert_eq!(PathId::parse(&id.to_string()), Some(id));
        assert_ne!(id, PathId::ROOT.child("ab"));
        assert_ne!(id, PathId::ROOT.child("b").child("a"));
        // The published value of FNV-1a for the bytes `a`, 0xff.
        assert_eq!(
            PathId::ROOT.child("a").to_string(),
            format!("{:016x}", {
                let hash = (OFFSET ^ 0x61).wrapping_mul(PRIME);
                (hash ^ 0xff).wrapping_mul(PRIME)
            })
        );
        for text in ["", "0", "+123456789abcdef", "g123456789abcdef", "0123456789abcdef0"] {
            assert_eq!(PathId::parse(text), None, "{text}");
        }
    }
}
