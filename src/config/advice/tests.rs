//! Tests of the rules of advice: the built-in ones, and files with mistakes.

use std::collections::BTreeMap;

use super::*;

/// Maximum number of characters of an advice text that is easy to read.
const READ: usize = 240;

fn said(text: &str) -> Vec<String> {
    own(text).errors.iter().map(ToString::to_string).collect()
}

/// Rule with one line added, or replaced if the key exists.
fn rule_with(line: &str) -> String {
    let lines = [
        "[[rule]]",
        "id = \"mine\"",
        "language = \"go\"",
        "pattern = '^main\\.'",
        "metric = \"freed\"",
        "try = \"Less.\"",
        "source = \"https://example.com\"",
    ];
    let key = line.split(' ').next().unwrap_or_default();
    let is_other = |known: &&&str| !known.starts_with(&format!("{key} "));
    let kept: Vec<&str> = lines.iter().filter(is_other).copied().chain([line]).collect();
    kept.join("\n")
}

#[test]
fn every_rule_that_is_built_in_is_whole_and_meets_its_examples() {
    let RuleFile { rules, errors } = read(builtin::ADVICE, RuleValidation::Checked);
    assert_eq!(errors, []);
    let mut of = BTreeMap::new();
    for AdviceRule { attributes, .. } in &rules {
        let RuleAttributes { id, language, text, source, matching_examples, non_matching_examples, .. } = attributes;
        *of.entry(LANGUAGES.iter().position(|(_, known)| known == language)).or_insert(0) += 1;
        assert!(!matching_examples.is_empty() && !non_matching_examples.is_empty(), "{id}: no examples");
        assert!(text.chars().count() <= READ, "{id}: {} characters", text.chars().count());
        assert!(text.ends_with('.') && !text.contains("  "), "{id}: {text}");
        assert!(source.starts_with("https://") && !source.contains(' '), "{id}: {source}");
        let same = rules.iter().filter(|other| other.attributes.id == *id).count();
        assert_eq!(same, 1, "{id} is there {same} times");
        let (word, _) = LANGUAGES.iter().find(|(_, known)| known == language).unwrap();
        assert!(id.starts_with(&format!("{word}-")), "{id} is of {word}");
    }
    assert!(rules.len() >= 40, "{} rules", rules.len());
    assert_eq!(of.len(), LANGUAGES.len());
    assert!(of.values().all(|count| *count >= 6), "{of:?}");
}

/// Strategy for a language, a word that the texts of its rules have, and the rules that cover it.
struct Strategy {
    language: Language,
    name: &'static str,
    word: &'static str,
    rules: &'static [&'static str],
}

const fn strategy(
    language: Language,
    name: &'static str,
    word: &'static str,
    rules: &'static [&'static str],
) -> Strategy {
    Strategy { language, name, word, rules }
}

/// Sixteen strategies that the rules of advice cover.
const STRATEGIES: [Strategy; 16] = {
    use Language::{Go, Java, Node, Python};
    [
        strategy(Python, "generators", "generator", &["python-comprehension"]),
        strategy(Python, "named tuples, dataclasses", "dataclass", &["python-record-dicts", "python-row-dicts"]),
        strategy(Python, "__slots__", "__slots__", &["python-slots"]),
        strategy(Python, "array, NumPy", "NumPy", &["python-number-lists"]),
        strategy(Go, "sync.Pool", "sync.Pool", &["go-buffer-grow", "go-compressor", "go-bufio"]),
        strategy(Go, "pre-sized slices", "capacity", &["go-presize", "go-collect"]),
        strategy(Go, "value types", "by value", &["go-values"]),
        strategy(Go, "closures in hot loops", "closure", &["go-closures"]),
        strategy(Java, "pre-sized collections", "capacity", &["java-array-list"]),
        strategy(Java, "primitive arrays", "arrays", &["java-boxing"]),
        strategy(Java, "reused StringBuilder", "setLength(0)", &["java-string-builder"]),
        strategy(Java, "object pools", "pool", &["java-object-pool"]),
        strategy(Node, "reused Buffers", "Fill one buffer again", &["node-buffer"]),
        strategy(Node, "streams", "stream", &["node-read-file", "node-body", "node-json-parse"]),
        strategy(Node, "closures in tight loops", "loop", &["node-closures"]),
        strategy(Node, "TypedArrays", "TypedArray", &["node-typed-arrays"]),
    ]
};

#[test]
fn every_strategy_is_covered_by_a_rule() {
    let rules = builtin();
    for Strategy { language, name, word, rules: ids } in STRATEGIES {
        assert!(!ids.is_empty());
        for id in ids {
            let rule = rules.iter().find(|rule| rule.attributes.id == *id);
            let attributes = &rule.unwrap_or_else(|| panic!("{name}: no rule {id}")).attributes;
            assert_eq!(attributes.language, language, "{name}: {id}");
            assert!(attributes.text.contains(word), "{name}: {id} does not say {word}: {}", attributes.text);
        }
    }
}

#[test]
fn no_rule_fits_what_one_of_another_language_is_for() {
    let rules = builtin();
    for (one, other) in rules.iter().flat_map(|one| rules.iter().map(move |other| (one, other))) {
        for RuleExample { name, file } in
            one.attributes.matching_examples.iter().filter(|_| one.attributes.language != other.attributes.language)
        {
            assert!(
                !other.fits(name, file.as_deref()),
                "{} fits `{name}` of {}",
                other.attributes.id,
                one.attributes.id
            );
        }
    }
}

#[test]
fn a_file_of_ones_own_is_read_whole() {
    let text = rule_with("fits = [\"main.run\", \"main.stop in main.go\"]");
    let RuleFile { rules, errors } = own(&text);
    assert_eq!(errors, []);
    let attributes = &rules[0].attributes;
    assert_eq!((attributes.id.as_str(), attributes.language, attributes.metric), ("mine", Language::Go, Metric::Freed));
    assert_eq!((attributes.part, attributes.text.as_str()), (FigureKind::Total, "Less."));
    assert!((attributes.least - USUAL_LEAST).abs() < 1e-9);
    assert_eq!(
        attributes.matching_examples[1],
        RuleExample { name: "main.stop".to_owned(), file: Some("main.go".to_owned()) }
    );
    assert!((own(&rule_with("least = 0.5")).rules[0].attributes.least - 0.5).abs() < 1e-9);
    assert_eq!(own(&rule_with("of = \"self\"")).rules[0].attributes.part, FigureKind::Own);
    assert_eq!(own("").errors, []);
}

#[test]
fn a_slip_is_said_with_its_line_and_costs_one_rule_at_most() {
    let keys = KEYS.len();
    for (line, taken, wrong) in [
        ("colour = \"red\"", 1, "line 8: unknown key `colour`"),
        ("language = \"cobol\"", 0, "line 7: `cobol` is not a valid language"),
        ("metric = \"kept\"", 0, "line 7: `kept` is not a valid metric"),
        ("of = \"all\"", 0, "line 8: `all` is not a valid of"),
        ("least = \"much\"", 0, "line 8: `least` is not a number from 0 to 100"),
        ("least = 101", 0, "line 8: `least` is not a number from 0 to 100"),
        ("least = nan", 0, "line 8: `least` is not a number from 0 to 100"),
        ("pattern = 3", 0, "line 7: `pattern` is not a text"),
        ("fits = \"other.run\"", 0, "line 8: `mine`: its pattern does not match `other.run`"),
        ("spares = \"main.run\"", 0, "line 8: `mine`: its pattern matches `main.run`"),
        ("fits = 3", 1, "line 8: `fits` is neither a text nor a list of texts"),
    ] {
        let RuleFile { rules, errors } = own(&rule_with(line));
        assert_eq!(rules.len(), taken, "{line}");
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), [wrong], "{line}, of {keys} keys");
    }
    assert_eq!(said("[[rule]]\nid = \"a\"").len(), 5, "all that is missing is said");
    assert_eq!(said("\n\n[theme]\nx = 1"), ["line 3: `theme` is not a list of rules"]);
    assert_eq!(said("rule = [1]"), ["line 1: a rule is not a table"]);
    let both = format!("{}\n\n{}", rule_with("metric = \"kept\""), rule_with("least = 2"));
    assert_eq!((own(&both).rules.len(), said(&both).len()), (1, 1), "the other rule is taken");
    let broken = own("[[rule]]\nid = \"a\nlanguage = \"go\"");
    assert!(broken.rules.is_empty());
    assert!(broken.errors[0].to_string().starts_with("line 2: invalid TOML: "), "{:?}", broken.errors);
}

#[test]
fn an_expression_may_be_wrong_or_want_too_much_memory() {
    assert_eq!(said(&rule_with("pattern = '('")), ["line 7: `mine`: no expression that can be used: unclosed group"]);
    let large = said(&rule_with(r"pattern = '(\w{100}){100}'"));
    assert!(large.len() == 1 && large[0].contains("no expression that can be used"), "{large:?}");
    let long = said(&rule_with(&format!("pattern = '{}'", "x".repeat(1001))));
    assert_eq!(long, ["line 7: `mine`: longer than 1000 characters"]);
}

#[test]
fn a_file_is_bounded_and_safe_to_show() {
    let many = rule_with("least = 1") + "\n";
    let RuleFile { rules, errors } = own(&many.repeat(MAX_RULES + 1));
    assert_eq!((rules.len(), errors.len()), (MAX_RULES, 1));
    assert_eq!(said(&"[[rule]]\n".repeat(100)).len(), MAX_ERRORS);
    let hostile = own(&rule_with("try = \"a\\u001b[2Jb\""));
    assert_eq!(hostile.rules[0].attributes.text, "a\\x1b[2Jb");
    let endless = own(&rule_with(&format!("try = \"{}\"", "x".repeat(9999))));
    assert_eq!(endless.rules[0].attributes.text.len(), LONGEST);
}
