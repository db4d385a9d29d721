//! JSON schema of the settings file, for editors that complete and check TOML.

/// Schema printed by `heapglass config --schema`. A test generates it from the declaration of the settings.
pub(crate) const SCHEMA: &str = include_str!("../../assets/settings.schema.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value, json};

    use super::SCHEMA;
    use crate::app::keymap::Keymap;
    use crate::cli::flags::{Setting, SettingKind};
    use crate::cli::settings::{printed, settings};
    use crate::config::builtin;
    use crate::config::file::{SettingValue, SettingsFile};

    /// Schema of one setting.
    fn property(setting: &Setting) -> Value {
        let mut schema = match setting.kind {
            SettingKind::On | SettingKind::Off => json!({ "type": "boolean" }),
            SettingKind::Word(usual) => {
                let words = setting.words();
                if setting.is_list() {
                    json!({ "type": ["string", "array"], "items": { "type": "string" } })
                } else if words.is_empty() {
                    let types =
                        if usual.parse::<i64>().is_ok() { json!("integer") } else { json!(["string", "integer"]) };
                    json!({ "type": types })
                } else {
                    // A number needs no quotes, and the mouse was a switch in earlier versions.
                    let none = usual.is_empty().then(|| json!(""));
                    let numbers = words.iter().filter_map(|word| word.parse::<i64>().ok()).map(Value::from);
                    let switches = if setting.key == "mouse" { vec![json!(true), json!(false)] } else { Vec::new() };
                    let words = words.iter().map(|word| json!(word));
                    let all: Vec<Value> = words.chain(numbers).chain(switches).chain(none).collect();
                    json!({ "enum": all })
                }
            }
        };
        let no = if matches!(setting.kind, SettingKind::Off) { "false: " } else { "" };
        schema["description"] = json!(format!("{no}{}", setting.help().0));
        // Texts and numbers have the same form in TOML and JSON.
        schema["default"] = serde_json::from_str(&setting.usual()).unwrap();
        if setting.key == "theme" {
            let names: Vec<&str> = std::iter::once(builtin::AUTO).chain(builtin::names()).collect();
            schema["examples"] = json!(names);
        }
        schema
    }

    /// Schema of all settings and keys.
    fn schema() -> Value {
        let settings: Map<String, Value> =
            settings().map(|setting| (setting.key.to_owned(), property(&setting))).collect();
        let mut actions = Map::new();
        for (_, section) in Keymap::default().everything() {
            for row in &section.rows {
                let action = json!({ "$ref": "#/definitions/keys", "description": row.help });
                actions.entry(row.name).or_insert(action);
            }
        }
        let key = json!({ "type": ["string", "integer"] });
        let mut properties = settings;
        let keys = json!({
            "type": "object",
            "description": "Keys of actions; an empty list unbinds an action",
            "additionalProperties": false,
            "properties": actions,
        });
        properties.insert("keys".to_owned(), keys);
        json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Settings of heapglass",
            "description": "config.toml; `heapglass config` prints one with all settings",
            "type": "object",
            "additionalProperties": false,
            "definitions": { "keys": { "anyOf": [key, { "type": "array", "items": key }] } },
            "properties": properties,
        })
    }

    #[test]
    fn the_schema_is_that_of_the_declaration() {
        let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/settings.schema.json"), &text).unwrap();
            return;
        }
        assert!(text == SCHEMA, "assets/settings.schema.json is out of date: INSTA_UPDATE=always writes it");
    }

    /// Returns true if a value has the type or is one of the listed values of a schema.
    fn is_valid(schema: &Value, value: &SettingValue) -> bool {
        let json = match value {
            SettingValue::Flag(flag) => json!(flag),
            SettingValue::List(texts) => json!(texts),
            SettingValue::Text(text) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        };
        if let Some(listed) = schema["enum"].as_array() {
            return listed.contains(&json);
        }
        let kind = match json {
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            _ => "array",
        };
        schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|known| known == kind))
    }

    /// Errors of a settings file according to the schema.
    fn faults(text: &str) -> Vec<String> {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let file = SettingsFile::parse(text);
        let mut faults: Vec<String> = file.warnings.iter().map(ToString::to_string).collect();
        for entry in &file.entries {
            let property = &schema["properties"][&entry.key];
            if property.is_null() || !is_valid(property, &entry.value) {
                faults.push(format!("{} in line {}", entry.key, entry.line));
            }
        }
        let keys = &schema["properties"]["keys"]["properties"];
        let unknown = file.bindings.iter().filter(|binding| keys[&binding.action].is_null());
        faults.extend(unknown.map(|binding| format!("{} in line {}", binding.action, binding.line)));
        faults
    }

    /// Settings files in the documentation, and the printed file with every line enabled.
    fn examples() -> Vec<String> {
        let manual = include_str!("../../MANUAL.md");
        let blocks = manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned);
        let is_set = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let lines = printed();
        let enabled = lines.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_set(rest)).unwrap_or(line));
        blocks.chain([enabled.collect::<Vec<_>>().join("\n")]).collect()
    }

    #[test]
    fn every_example_is_valid() {
        let examples = examples();
        assert!(examples.len() > 1, "the manual has an example");
        for example in examples {
            assert_eq!(faults(&example), Vec::<String>::new(), "{example}");
        }
    }

    #[test]
    fn what_the_parser_refuses_is_invalid() {
        let wrong =
            "colour = 16\ncolor = 17\ninlines = \"no\"\nascii = \"yes\"\nexplain = \"80%\"\n[keys]\nnowhere = \"x\"\n";
        let expected = [
            "colour in line 1",
            "color in line 2",
            "inlines in line 3",
            "ascii in line 4",
            "explain in line 5",
            "nowhere in line 7",
        ];
        assert_eq!(faults(wrong), expected);
        assert_eq!(faults("color = 16\nmouse = true\nexplain = 90\n[keys]\nquit = [\"q\"]\n"), Vec::<String>::new());
    }

    #[test]
    fn it_has_exactly_the_settings_of_the_parser() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let described: BTreeSet<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let known: BTreeSet<&str> = settings().map(|setting| setting.key).chain(["keys"]).collect();
        assert_eq!(described, known);
    }
}
