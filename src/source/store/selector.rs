//! Selectors: label matchers in braces, in the syntax of the stores.

/// Adds the braces of a selector if the user left them out.
pub(super) fn braced(text: &str) -> String {
    let text = text.trim();
    if text.contains('{') || text.is_empty() { text.to_owned() } else { format!("{{{text}}}") }
}

/// Adds a matcher for one value of a label to a selector.
pub fn with_label(selector: &str, name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    // Label names with dots are quoted.
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let name = if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\\\"")) };
    let inner = selector.trim().trim_end_matches('}').trim_end();
    let comma = if inner.ends_with('{') || inner.ends_with(',') { "" } else { ", " };
    let open = if inner.is_empty() { "{" } else { "" };
    let comma = if inner.is_empty() { "" } else { comma };
    format!("{inner}{open}{comma}{name}=\"{value}\"}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_added_and_quoted() {
        assert_eq!(with_label("{service_name=\"cart\"}", "pod", "a"), "{service_name=\"cart\", pod=\"a\"}");
        assert_eq!(with_label("{}", "k8s.node.name", "a\"b\\"), "{\"k8s.node.name\"=\"a\\\"b\\\\\"}");
        assert_eq!(with_label("", "pod", "x"), "{pod=\"x\"}");
        assert_eq!(braced(" job=\"cart\" "), "{job=\"cart\"}");
        assert_eq!(braced("{job=\"cart\"}"), "{job=\"cart\"}");
    }
}
