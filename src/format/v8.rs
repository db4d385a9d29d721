//! V8 sampling heap profiles (`.heapprofile`) of Node.js and Chrome: JSON with a tree of call frames and the bytes
//! allocated by each.

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::Budget;
use crate::format::builder::ProfileBuilder;
use crate::format::json::{EventError, JsonEvent, JsonParser};
use crate::format::tokens::{contains, decimal};
use crate::format::{Chunks, Format, FormatError, Probe, ReadContext};
use crate::profile::{Header, Line, Profile, SampleType, Trie};

pub(super) const FORMAT: Format = Format { name: "V8 heap profile", probe, read };

/// Bytes that the probe searches for the two names that no other JSON of V8 has together.
const PROBED_BYTES: usize = 64 << 10;
/// Marks a node without a call frame.
const NO_FRAME: u32 = u32::MAX;

fn probe(head: &[u8]) -> Probe {
    let head = head.trim_ascii_start();
    let Some(inside) = head.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return Probe::No };
    let start = &head[..head.len().min(PROBED_BYTES)];
    let has = |name: &[u8]| contains(start, name);
    if inside.starts_with(b"\"head\"") || (has(b"\"selfSize\"") && has(b"\"callFrame\"")) {
        Probe::Yes
    } else {
        Probe::No
    }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut events = JsonParser::new(FORMAT.name, chunks);
    let mut reader = V8Reader::new(ProfileBuilder::new(1, &context.options.limits, context.budget)?);
    while let Some(event) = events.next(context)? {
        if let Err(error) = reader.event(event, context) {
            return Err(events.locate(error));
        }
    }
    reader.finish(context).map_err(|error| events.locate(error))
}

/// Kind of an open container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum V8Container {
    Top,
    Node,
    Children,
    CallFrame,
    Other,
}

/// Name of a value in an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum V8Field {
    Head,
    Envelope,
    CallFrame,
    SelfSize,
    Children,
    FunctionName,
    Url,
    Line,
    Column,
    Other,
}

impl V8Field {
    fn of(key: &[u8]) -> Self {
        match key {
            b"head" => Self::Head,
            b"result" | b"profile" | b"params" => Self::Envelope,
            b"callFrame" => Self::CallFrame,
            b"selfSize" => Self::SelfSize,
            b"children" => Self::Children,
            b"functionName" => Self::FunctionName,
            b"url" => Self::Url,
            b"lineNumber" => Self::Line,
            b"columnNumber" => Self::Column,
            _ => Self::Other,
        }
    }
}

/// Call frame under construction.
#[derive(Default)]
struct CallFrame {
    name: Vec<u8>,
    url: Vec<u8>,
    line: i64,
    column: i64,
}

/// Nodes of the tree, callers first. A call frame may follow its callees, so stacks are built at the end.
#[derive(Default)]
struct V8Nodes {
    callers: Vec<u32>,
    frames: Vec<u32>,
    sizes: Vec<i64>,
}

struct V8Reader {
    builder: ProfileBuilder,
    open: Vec<V8Container>,
    field: V8Field,
    frame: CallFrame,
    nodes: V8Nodes,
    /// Innermost open node.
    node: u32,
}

impl V8Reader {
    fn new(builder: ProfileBuilder) -> Self {
        let (frame, nodes) = (CallFrame::default(), V8Nodes::default());
        Self { builder, open: Vec::new(), field: V8Field::Other, frame, nodes, node: 0 }
    }

    fn event(&mut self, event: JsonEvent<'_>, context: &mut ReadContext<'_>) -> Result<(), EventError> {
        match event {
            JsonEvent::Object | JsonEvent::Array => {
                let container = self.container_kind(event);
                if container == V8Container::Node {
                    self.begin_node(context.budget)?;
                }
                if container == V8Container::CallFrame {
                    self.frame.clear();
                }
                context.budget.push(&mut self.open, container)?;
                self.field = V8Field::Other;
            }
            JsonEvent::Key(key) => self.field = V8Field::of(key),
            JsonEvent::End => match self.open.pop() {
                Some(V8Container::Node) => self.node = self.nodes.callers[self.node as usize],
                Some(V8Container::CallFrame) => self.end_frame(context.budget)?,
                _ => {}
            },
            JsonEvent::Text(text) if self.open.last() == Some(&V8Container::CallFrame) => {
                let text_field = match self.field {
                    V8Field::FunctionName => &mut self.frame.name,
                    V8Field::Url => &mut self.frame.url,
                    _ => return Ok(()),
                };
                text_field.clear();
                if text_field.capacity() < text.len() {
                    context.budget.grow(text_field, text.len())?;
                }
                text_field.extend_from_slice(text);
            }
            JsonEvent::Number(number) => self.number(number)?,
            JsonEvent::Text(_) | JsonEvent::Word => {}
        }
        Ok(())
    }

    /// Kind of the container that begins.
    fn container_kind(&self, event: JsonEvent<'_>) -> V8Container {
        let object = event == JsonEvent::Object;
        match (self.open.last(), self.field) {
            // An inspector answers `{"id":1,"result":{"profile":{"head":…}}}`.
            (None, _) | (Some(V8Container::Top), V8Field::Envelope) if object => V8Container::Top,
            (Some(V8Container::Top), V8Field::Head) if object && self.nodes.callers.is_empty() => V8Container::Node,
            (Some(V8Container::Children), _) if object => V8Container::Node,
            (Some(V8Container::Node), V8Field::Children) if !object => V8Container::Children,
            (Some(V8Container::Node), V8Field::CallFrame) if object => V8Container::CallFrame,
            _ => V8Container::Other,
        }
    }

    fn begin_node(&mut self, budget: &mut Budget) -> Result<(), EventError> {
        let id = self.nodes.callers.len() as u32;
        if id == NO_FRAME {
            return Err(EventError::Broken("there are more nodes than can be counted"));
        }
        budget.push(&mut self.nodes.callers, self.node)?;
        budget.push(&mut self.nodes.frames, NO_FRAME)?;
        budget.push(&mut self.nodes.sizes, 0)?;
        self.node = id;
        Ok(())
    }

    fn end_frame(&mut self, budget: &mut Budget) -> Result<(), EventError> {
        let name = if self.frame.name.is_empty() { b"(anonymous)" } else { &self.frame.name[..] };
        let function = self.builder.function(name, &self.frame.url, budget)?;
        // V8 counts lines and columns from 0; -1 means unknown.
        let (line, column) = (self.frame.line.saturating_add(1), self.frame.column.saturating_add(1));
        let location = self.builder.location(0, Some(Line { function, line, column }), budget)?;
        self.nodes.frames[self.node as usize] = location.0;
        Ok(())
    }

    fn number(&mut self, number: &[u8]) -> Result<(), EventError> {
        let slot = match (self.open.last(), self.field) {
            (Some(V8Container::Node), V8Field::SelfSize) => &mut self.nodes.sizes[self.node as usize],
            (Some(V8Container::CallFrame), V8Field::Line) => &mut self.frame.line,
            (Some(V8Container::CallFrame), V8Field::Column) => &mut self.frame.column,
            _ => return Ok(()),
        };
        *slot = parse_integer(number).ok_or(EventError::Broken("a number is none"))?;
        Ok(())
    }

    fn finish(mut self, context: &mut ReadContext<'_>) -> Result<Profile, EventError> {
        let budget = &mut *context.budget;
        if self.nodes.callers.is_empty() {
            return Err(EventError::Broken("there is no tree in it"));
        }
        let mut stacks: Vec<StackId> = Vec::new();
        budget.grow(&mut stacks, self.nodes.callers.len())?;
        for (node, caller) in self.nodes.callers.iter().enumerate() {
            let (frame, size) = (self.nodes.frames[node], self.nodes.sizes[node]);
            if frame == NO_FRAME {
                return Err(EventError::Broken("a node has no call frame"));
            }
            // The root is not a function; it becomes the root of the trie.
            let stack = match stacks.get(*caller as usize) {
                None if size == 0 => Trie::ROOT,
                caller => {
                    let caller = caller.copied().unwrap_or(Trie::ROOT);
                    self.builder.push_frame(caller, LocationId(frame), budget)?
                }
            };
            stacks.push(stack);
            if size != 0 {
                self.builder.sample(stack, 0, &[size], budget)?;
            }
        }
        budget.release((stacks.capacity() * size_of::<StackId>()) as u64);
        let nodes = self.nodes;
        budget
            .release((nodes.callers.capacity() * 4 + nodes.frames.capacity() * 4 + nodes.sizes.capacity() * 8) as u64);
        let types = vec![SampleType::new("inuse_space", "bytes")];
        Ok(self.builder.finish(types, Header::default(), context))
    }
}

impl CallFrame {
    fn clear(&mut self) {
        self.name.clear();
        self.url.clear();
        (self.line, self.column) = (-1, -1);
    }
}

/// Parses a number as an integer, without its fraction.
fn parse_integer(number: &[u8]) -> Option<i64> {
    decimal(number).or_else(|| {
        let number: f64 = std::str::from_utf8(number).ok()?.parse().ok()?;
        number.is_finite().then_some(number as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    fn node(name: &str, size: i64, children: &str) -> String {
        format!(
            r#"{{"callFrame":{{"functionName":"{name}","scriptId":"1","url":"a.js","lineNumber":4,"columnNumber":2}},
            "selfSize":{size},"id":1,"children":[{children}]}}"#
        )
    }

    fn document(head: &str) -> String {
        format!(r#"{{"head":{head},"samples":[{{"size":12,"nodeId":3,"ordinal":1}}]}}"#)
    }

    #[test]
    fn a_tree_becomes_stacks() {
        let text = document(&node("(root)", 0, &[node("main", 8, &node("", 16, "")), node("gc", 4, "")].join(",")));
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["main: 8", "main;(anonymous): 16", "gc: 4"]);
        let lines = profile.tables.symbols.lines(LocationId(1));
        assert_eq!((lines[0].line, lines[0].column), (5, 3));
    }

    #[test]
    fn the_order_of_fields_does_not_matter() {
        let text = r#"{"samples":[],"head":{"children":[{"children":[{"selfSize":3,"callFrame":{"functionName":"b"}}],
            "selfSize":2,"callFrame":{"url":"x","functionName":"a\u00e9\ud83d\ude00"}}],"callFrame":{"functionName":"(root)"},"selfSize":1.0}}"#;
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["(root): 1", "(root);aé😀: 2", "(root);aé😀;b: 3"]);
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        let deep = 200_000;
        let (open, close) = (r#"{"callFrame":{"functionName":"f"},"selfSize":1,"children":["#, "]}");
        let text = document(&format!("{}{}", open.repeat(deep), close.repeat(deep)));
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!((profile.tables.trie.len(), profile.header.samples), (deep + 1, deep));
        let hostile = format!("{{\"head\":{}", "[".repeat(3_000_000));
        assert!(read(hostile.as_bytes()).unwrap_err().to_string().contains("ends early"));
    }

    #[test]
    fn errors_have_a_position() {
        for (text, said) in [
            (r#"{"head":{"selfSize":1}}"#, "a node has no call frame, at byte 23 of the inflated profile"),
            (r#"{"head":[]}"#, "there is no tree in it, at byte 11 of the inflated profile"),
            (r#"{"head":{"callFrame":{}}} x"#, "something follows the end of it, at byte 26 of the inflated profile"),
            (r#"{"head":{"a" 1}}"#, "a name has no value, at byte 13 of the inflated profile"),
            (r#"{"head":{,}}"#, "it is no JSON, at byte 9 of the inflated profile"),
            (r#"{"head":{"a":nul}}"#, "it is no JSON, at byte 16 of the inflated profile"),
            (r#"{"head":"\x"}"#, "an unknown escape in a string, at byte 11 of the inflated profile"),
            (r#"{"head":{"selfSize":1-2}}"#, "a number is none, at byte 23 of the inflated profile"),
            (r#"{"head":"a"#, "it ends early, at byte 10 of the inflated profile"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("broken V8 heap profile: {said}"), "{text}");
        }
    }
}
