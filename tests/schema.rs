//! `proto/profile.proto` agrees with the messages derived in `src/format/pprof/message.rs`, field by field.
//!
//! The schema is compiled; the derive is read as text, the only place with names and encodings of fields.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use protox::Compiler;
use protox::prost_reflect::{DescriptorPool, Kind};

/// Fields by message and number.
type Fields = BTreeMap<(String, u32), Field>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    /// The scalar type, or the message's name.
    kind: String,
    repeated: bool,
}

/// Intended differences: writers put bytes there that are not UTF-8, which proto3 strings must be. The encoding is
/// equal.
const INSTEAD: [(&str, &str, &str); 1] = [("Profile", "string_table", "bytes")];

fn schema() -> Fields {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto");
    let mut compiler = Compiler::new([folder]).unwrap();
    compiler.open_file("profile.proto").unwrap();
    let pool: DescriptorPool = compiler.descriptor_pool();
    let mut fields = Fields::new();
    for message in pool.all_messages() {
        assert_eq!(message.package_name(), "perftools.profiles");
        for field in message.fields() {
            let kind = match field.kind() {
                Kind::Message(of) => of.name().to_owned(),
                scalar => format!("{scalar:?}").to_lowercase(),
            };
            let known = Field { name: field.name().to_owned(), kind, repeated: field.is_list() };
            fields.insert((message.name().to_owned(), field.number()), known);
        }
    }
    for (message, name, kind) in INSTEAD {
        let field = fields.iter_mut().find(|((of, _), field)| of == message && field.name == name);
        kind.clone_into(&mut field.unwrap().1.kind);
    }
    fields
}

/// Reads structs whose fields each have a `#[prost(…)]` line above them.
fn derived(source: &str) -> Fields {
    let (mut fields, mut message, mut attribute) = (Fields::new(), "", "");
    for line in source.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("pub struct ") {
            message = rest.trim_end_matches(" {");
        } else if let Some(rest) = line.strip_prefix("#[prost(") {
            attribute = rest.trim_end_matches(")]");
        } else if let Some(rest) = line.strip_prefix("pub ") {
            let (name, rust) = rest.trim_end_matches(',').split_once(": ").unwrap();
            let (number, field) = field(name, rust, attribute);
            let before = fields.insert((message.to_owned(), number), field);
            assert_eq!(before, None, "two fields of {message} have the number {number}");
            attribute = "";
        }
    }
    fields
}

fn field(name: &str, rust: &str, attribute: &str) -> (u32, Field) {
    let parts: Vec<&str> = attribute.split(", ").collect();
    let number = parts.iter().find_map(|part| part.strip_prefix("tag = \"")?.strip_suffix('"'));
    let number = number.unwrap().parse().unwrap();
    let kind = match parts[0] {
        "message" => rust.trim_start_matches("Vec<").trim_start_matches("Option<").trim_end_matches('>'),
        scalar => scalar.split_once(" = ").map_or(scalar, |(kind, _)| kind),
    };
    let name = name.trim_start_matches("r#").to_owned();
    (number, Field { name, kind: kind.to_owned(), repeated: parts.contains(&"repeated") })
}

fn differences(one: &Fields, other: &Fields) -> Vec<String> {
    let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let differing = keys.into_iter().filter(|key| one.get(*key) != other.get(*key));
    differing.map(|key| format!("{key:?}: {:?} in the schema, {:?} derived", one.get(key), other.get(key))).collect()
}

const MESSAGES: &str = include_str!("../src/format/pprof/message.rs");

#[test]
fn the_derived_messages_are_those_of_the_schema() {
    let schema = schema();
    assert_eq!(differences(&schema, &derived(MESSAGES)), Vec::<String>::new());
    // Counts the derived fields, to be sure that all of them were read.
    assert_eq!(MESSAGES.matches("#[prost(").count(), schema.len());
    assert_eq!(MESSAGES.matches("prost::Message").count(), 8);
}

#[test]
fn a_drift_of_name_number_type_or_repetition_is_seen() {
    let schema = schema();
    for (was, becomes) in [
        ("pub num_unit: i64", "pub number_unit: i64"),
        ("#[prost(int64, tag = \"15\")]", "#[prost(int64, tag = \"16\")]"),
        ("#[prost(int64, repeated, tag = \"13\")]", "#[prost(uint64, repeated, tag = \"13\")]"),
        ("#[prost(int64, repeated, tag = \"13\")]", "#[prost(int64, tag = \"13\")]"),
        ("pub line: Vec<Line>", "pub line: Vec<Label>"),
        ("#[prost(bool, tag = \"5\")]\n    pub is_folded: bool,", ""),
    ] {
        assert!(MESSAGES.contains(was), "{was}");
        assert!(!differences(&schema, &derived(&MESSAGES.replace(was, becomes))).is_empty(), "{was}");
    }
}
